import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireGuest } from "#lib/transfers/require-guest.ts";
import { FileNotFound, FileNotReady } from "./file.errors.ts";
import { getFileRow } from "./file.store.ts";
import { keyOf, STORED_TYPE } from "./object.store.ts";
import { attachment } from "./path.ts";

/** The slowest line that still finishes a download within its URL's life, in bytes a second. */
const SLOWEST_LINE = 2_000_000;

/**
 * A URL at S3 for one file, for 60 seconds plus the time its size takes at 2 MB/s, at most an hour: a browser resumes
 * at the final URL. It is handed out as a redirect and never logged.
 */
export async function grantDownload(ctx: Ctx, input: { ordinal: number }): Promise<{ url: string; expiresIn: number }> {
  const transfer = await requireGuest(ctx);
  const file = await getFileRow(transfer, input.ordinal);
  if (file.state === "cancelled" || file.state === "failed") throw new FileNotFound();
  if (file.state !== "stored") throw new FileNotReady();
  const expiresIn = Math.min(3600, 60 + Math.ceil(file.size / SLOWEST_LINE));
  const url = await getSignedUrl(
    s3(),
    new GetObjectCommand({
      Bucket: resources.uploads,
      Key: keyOf(file),
      ResponseContentDisposition: attachment(file.path),
      ResponseContentType: STORED_TYPE,
      ResponseCacheControl: "private, no-store",
    }),
    { expiresIn },
  );
  return { url, expiresIn };
}
