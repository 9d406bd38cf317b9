import { ZodError } from "zod";
import { FileNotFound } from "#lib/files/file.errors.ts";
import type { VisibleError } from "#lib/kernel/errors.ts";
import { bodyOf, toVisible } from "./errors.ts";
import { plainPage } from "./plain-page.ts";
import { originOf } from "./public-origin.ts";

/** Headers of every answer behind a link. */
export const PRIVATE = { "cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex" };

/** The link at the end of an error page. */
export type Back = { href: string; label: string };

export const accepts = (request: Request, type: string): boolean =>
  request.headers.get("accept")?.includes(type) ?? false;

/**
 * The answer to a refused request: a page with a link back for browsers, JSON for programs. For a link to a file with a
 * limit it says how to download the file.
 */
export function refusal(request: Request, back: Back, error: unknown, title = "This can't be downloaded"): Response {
  const visible = error instanceof ZodError ? new FileNotFound() : toVisible(error);
  const asks = visible.code === "DownloadAsksFirst";
  const headers = { ...PRIVATE, vary: "accept", ...retryAfterHeader(visible), ...(asks ? { allow: "POST" } : {}) };
  if (accepts(request, "text/html")) {
    const page = asks ? confirmationPage(visible) : { title, sentence: visible.message };
    const html = plainPage({ ...page, back });
    return answer(html, "text/html", asks ? 200 : visible.status, headers);
  }
  if (asks && !accepts(request, "application/json")) {
    return answer(commandLineHelp(request, visible), "text/plain", visible.status, headers);
  }
  return Response.json({ error: bodyOf(visible) }, { status: visible.status, headers });
}

/** When a request that was made too often may be repeated. */
export const retryAfterHeader = ({ details }: VisibleError): Record<string, string> =>
  typeof details?.["retryAfter"] === "number" ? { "retry-after": String(details["retryAfter"]) } : {};

const answer = (body: string, type: string, status: number, headers: Record<string, string>): Response =>
  new Response(body, { status, headers: { ...headers, "content-type": `${type}; charset=utf-8` } });

/** A page with a button, because programs that open links do not press buttons. */
function confirmationPage({ details }: VisibleError) {
  const often = details?.limit === 1 ? "once" : `${details?.limit} times`;
  return {
    title: `${details?.name}`,
    sentence: `Its sender lets this file be downloaded ${often}. It counts when you press the button.`,
    press: "Download",
  };
}

/** Command lines for people who download with a program. */
function commandLineHelp(request: Request, { message }: VisibleError): string {
  const url = `${originOf(request.headers) ?? ""}${new URL(request.url).pathname}`;
  return `${message}\n\n  curl -L -O -J -d '' '${url}'\n  wget --content-disposition --post-data='' '${url}'\n`;
}
