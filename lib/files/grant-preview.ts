import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireGuest } from "#lib/transfers/require-guest.ts";
import { requireUnspent } from "./count-download.ts";
import { getFileRow } from "./file.store.ts";
import { presignPreview } from "./presign-preview.ts";
import { requireReady } from "./require-ready.ts";

/**
 * A URL, for a minute, of something that was made of a file for showing it. Looking is not downloading: nothing is counted.
 * Yet the preview of a text is the text: of a file that is used up it is closed. Throws DownloadLimitReached.
 */
export async function grantPreview(
  ctx: Ctx,
  input: { ordinal: number; name: string; head?: boolean },
): Promise<{ url: string }> {
  const transfer = await requireGuest(ctx);
  const file = await getFileRow(transfer, input.ordinal);
  requireReady(file);
  await requireUnspent(ctx, transfer, file);
  return presignPreview(file, input.name, input.head ? "HEAD" : "GET");
}
