import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import { keyOf, prefixOf, STORED_TYPE } from "#lib/files/object.store.ts";
import { attachment, downloadName } from "#lib/kernel/file-name.ts";
import type { GrantsOutput } from "./download.schema.ts";

/** A URL that a browser saves under the file's own name and never displays; for `HEAD` a URL for the headers only. */
export async function presignDownload(
  file: FileRow,
  expiresIn: number,
  method: "GET" | "HEAD" = "GET",
): Promise<{ url: string; expiresIn: number }> {
  const command = new (method === "HEAD" ? HeadObjectCommand : GetObjectCommand)({
    Bucket: resources.uploads,
    Key: keyOf(file),
    ResponseContentDisposition: attachment(downloadName(file.path)),
    ResponseContentType: STORED_TYPE,
    ResponseCacheControl: "private, no-store",
  });
  return { url: await getSignedUrl(s3(), command, { expiresIn }), expiresIn };
}

/** URLs for programs, signed with one date and lifetime, so that what they have in common is sent once. */
export async function presignFiles(
  transfer: { workspaceId: string; id: string },
  files: FileRow[],
  expiresIn: number,
): Promise<Omit<GrantsOutput, "files"> & { signatures: string[] }> {
  const options = { expiresIn, signingDate: new Date() };
  const urls: URL[] = [];
  for (const file of files) {
    const command = new GetObjectCommand({ Bucket: resources.uploads, Key: keyOf(file) });
    urls.push(new URL(await getSignedUrl(s3(), command, options)));
  }
  const [first, firstFile] = [urls[0], files[0]];
  if (!first || !firstFile) return { origin: "", prefix: "", query: "", expiresIn: 0, signatures: [] };
  const root = first.pathname.slice(0, -keyOf(firstFile).length);
  return {
    origin: first.origin,
    prefix: root + prefixOf(transfer),
    query: [...first.searchParams]
      .filter(([name]) => name !== "X-Amz-Signature")
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join("&"),
    expiresIn: options.expiresIn,
    signatures: urls.map((url) => url.searchParams.get("X-Amz-Signature") ?? ""),
  };
}
