import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import { renditionKeyOf } from "#lib/files/object.store.ts";
import { plays } from "./access.store.ts";
import { PreviewNotFound } from "./download.errors.ts";
import { BROWSER_LIFE, SHORT_LIFE } from "./open-urls.ts";

/**
 * Lifetime in seconds of a preview's URL. For video and sound it is extended by twice the duration, to at most an hour,
 * because players send more requests.
 */
export const previewLife = (file: FileRow, name: string): number =>
  plays(file.renditions?.find((one) => one.name === name)?.type ?? "")
    ? Math.min(BROWSER_LIFE, SHORT_LIFE + Math.ceil(2 * (file.facts?.seconds ?? 0)))
    : SHORT_LIFE;

/** Types that a browser may display inline; other objects in the bucket are not served. */
const SHOWN = /^(image\/(webp|png|jpeg|avif)|video\/mp4|audio\/[a-z0-9.+-]+|text\/plain|application\/json)(;|$)/;

/** A URL of one of the file's own renditions. Throws PreviewNotFound for any other name. */
export async function presignPreview(
  file: FileRow,
  name: string,
  expiresIn: number,
  method: "GET" | "HEAD" = "GET",
): Promise<{ url: string }> {
  const rendition = file.renditions?.find((one) => one.name === name);
  if (!rendition || !SHOWN.test(rendition.type)) throw new PreviewNotFound();
  const type = rendition.type.startsWith("text/plain") ? "text/plain; charset=utf-8" : rendition.type;
  const command = new (method === "HEAD" ? HeadObjectCommand : GetObjectCommand)({
    Bucket: resources.derived,
    Key: renditionKeyOf(file, name),
    ResponseContentDisposition: "inline",
    ResponseContentType: type,
    ResponseCacheControl: "private, max-age=300",
  });
  return { url: await getSignedUrl(s3(), command, { expiresIn }) };
}
