import { type FileRow, type FilesOf, getFileRow } from "#lib/files/file.store.ts";
import { isSpent } from "#lib/files/file.view.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { DownloadLimitReached } from "./download.errors.ts";
import { requireReady } from "./require-ready.ts";
import { countDownloadOf, insertTaking, listTakings, tryTakingAgain, type VisitorOf } from "./taking.store.ts";

export type LimitedTransfer = FilesOf & { downloadLimit?: number | undefined };

/** `counted`: it is a new download, not a repeated one of the same visitor. */
export type Counted = { file: FileRow; counted: boolean };

/** Counts a download of a file for a guest whose access was checked before. */
export const countDownload = async (ctx: Ctx, transfer: LimitedTransfer, ordinal: number): Promise<Counted> => {
  const limit = transfer.downloadLimit ?? 0;
  const visitor = visitorOf(ctx, transfer);
  if (limit > 0 && visitor) return take(visitor, transfer, ordinal, limit, ctx.clock.now());
  const file = await countDownloadOf(transfer, ordinal, limit);
  if (file) return { file, counted: true };
  requireReady(await getFileRow(transfer, ordinal));
  throw new DownloadLimitReached();
};

/** Throws DownloadLimitReached for a file whose limit is reached, unless this visitor may repeat a download of it. */
export const requireUnspent = async (ctx: Ctx, transfer: LimitedTransfer, file: FileRow): Promise<void> => {
  if (!isSpent(file, transfer.downloadLimit)) return;
  const visitor = visitorOf(ctx, transfer);
  const range = { from: file.ordinal, to: file.ordinal };
  if (!visitor || (await listTakings(visitor, range, ctx.clock.now())).size === 0) throw new DownloadLimitReached();
};

/** The visitor whose downloads these are; undefined for a browser without a cookie. */
export function visitorOf({ actor }: Ctx, { workspaceId, id }: FilesOf): VisitorOf | undefined {
  return actor.kind === "guest" && actor.visitor ? { workspaceId, transferId: id, visitor: actor.visitor } : undefined;
}

async function take(
  visitor: VisitorOf,
  transfer: FilesOf,
  ordinal: number,
  limit: number,
  now: Date,
): Promise<Counted> {
  // Between the two writes another request of the same visitor may use the last try: then this download counts as a new
  // one.
  for (let round = 0; round < 2; round++) {
    const outcome = await insertTaking(visitor, ordinal, limit, now);
    const again = outcome === "taken" && (await tryTakingAgain(visitor, ordinal, now));
    if (outcome === "counted" || again) {
      const file = await getFileRow(transfer, ordinal);
      requireReady(file);
      return { file, counted: outcome === "counted" };
    }
    if (outcome === "refused") requireReady(await getFileRow(transfer, ordinal));
    if (outcome === "refused") break;
  }
  throw new DownloadLimitReached();
}
