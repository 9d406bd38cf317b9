import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { ApiDocs } from "#components/api-docs/api-docs.tsx";
import type { ApiDocument } from "#components/api-docs/document.ts";
import document from "#lib/api/openapi.json";
import { isMember, memberCtx } from "#lib/web/request-ctx.ts";

export const metadata: Metadata = { title: "API reference" };

export default async function ApiDocsPage() {
  const ctx = await memberCtx();
  if (!isMember(ctx)) redirect("/welcome");
  // Guarantee: the file is written from the table of operations, and `npm run verify` checks that it is fresh.
  return <ApiDocs document={document as unknown as ApiDocument} />;
}
