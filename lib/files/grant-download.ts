import { noteDownload } from "#lib/deliveries/note-download.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireGuest } from "#lib/transfers/require-guest.ts";
import { countDownload } from "./count-download.ts";
import { presignDownload } from "./presign-download.ts";

/**
 * A URL at S3 for one file, for 60 seconds plus the time its size takes at 2 MB/s, at most an hour: a browser resumes
 * at the final URL. It is counted, handed out as a redirect, and never logged.
 */
export async function grantDownload(ctx: Ctx, input: { ordinal: number }): Promise<{ url: string; expiresIn: number }> {
  const transfer = await requireGuest(ctx);
  const file = await countDownload(transfer, input.ordinal);
  await noteDownload(ctx, file);
  return presignDownload(file);
}
