import { noteDownload } from "#lib/deliveries/note-download.ts";
import { type FilesOf, getFileRow } from "#lib/files/file.store.ts";
import { isSpent } from "#lib/files/file.view.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { downloadName } from "#lib/kernel/file-name.ts";
import { requireGuest } from "#lib/transfers/require-guest.ts";
import { countDownload, requireUnspent } from "./count-download.ts";
import { DownloadAsksFirst } from "./download.errors.ts";
import { browserLife, openUrls, SHORT_LIFE } from "./open-urls.ts";
import { presignDownload } from "./presign-download.ts";
import { requireAllowance } from "./require-allowance.ts";
import { requireReady } from "./require-ready.ts";

/**
 * How the file is requested. `press`: by a button. `link`: by a link, which is refused if the file has a limit. `head`:
 * only the headers, which counts nothing.
 */
export type AskedBy = "press" | "link" | "head";

/**
 * A signed URL of one file, for a redirect. It counts as a download and must not be logged. It is valid for an hour,
 * because browsers resume at the final URL. If the file has a limit it is valid for a minute, plus the time that the
 * file takes at 1 Mbit/s, up to an hour. `spent`: this download reaches the limit. Throws DownloadAsksFirst for a link
 * to a file with a limit.
 */
export async function grantDownload(
  ctx: Ctx,
  input: { ordinal: number; by?: AskedBy },
): Promise<{ url: string; expiresIn: number; spent: boolean }> {
  const transfer = await requireGuest(ctx);
  const { ordinal, by = "press" } = input;
  if (by !== "press") {
    const { downloadLimit } = transfer;
    if (downloadLimit) throw await asksFirst(ctx, { ...transfer, downloadLimit }, ordinal);
  }
  const asked = await getFileRow(transfer, ordinal);
  requireReady(asked);
  if (by !== "head") await requireAllowance(ctx, transfer, [asked]);
  const life = by === "head" ? SHORT_LIFE : browserLife(asked, !!transfer.downloadLimit);
  const lookAgain = () => requireGuest(ctx, { consistent: true });
  const seconds = await openUrls(ctx, [asked], { transfer, life, lookAgain });
  if (by === "head") return { ...(await presignDownload(asked, seconds, "HEAD")), spent: false };
  const { file, counted } = await countDownload(ctx, transfer, ordinal);
  if (counted) await noteDownload(ctx, file);
  return { ...(await presignDownload(file, seconds)), spent: isSpent(file, transfer.downloadLimit) };
}

/** The error for a link to a file with a limit: whether the visitor may ask for a download. */
async function asksFirst(ctx: Ctx, transfer: FilesOf & { downloadLimit: number }, ordinal: number): Promise<Error> {
  const file = await getFileRow(transfer, ordinal);
  requireReady(file);
  await requireUnspent(ctx, transfer, file);
  return new DownloadAsksFirst({ name: downloadName(file.path), size: file.size, limit: transfer.downloadLimit });
}
