import { getFileRow } from "#lib/files/file.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireGuest } from "#lib/transfers/require-guest.ts";
import { requireUnspent } from "./count-download.ts";
import { openUrls } from "./open-urls.ts";
import { presignPreview, previewLife } from "./presign-preview.ts";
import { requireReady } from "./require-ready.ts";

/**
 * A signed URL of a file's preview, valid for a minute, or longer for video and sound. It does not count as a download.
 * A file whose limit is reached has no preview, because the preview of a text is the text itself: throws
 * DownloadLimitReached.
 */
export async function grantPreview(
  ctx: Ctx,
  input: { ordinal: number; name: string; head?: boolean },
): Promise<{ url: string }> {
  const transfer = await requireGuest(ctx);
  const file = await getFileRow(transfer, input.ordinal);
  requireReady(file);
  await requireUnspent(ctx, transfer, file);
  const life = previewLife(file, input.name);
  const lookAgain = () => requireGuest(ctx, { consistent: true });
  const seconds = await openUrls(ctx, [file], { transfer, life, lookAgain });
  return presignPreview(file, input.name, seconds, input.head ? "HEAD" : "GET");
}
