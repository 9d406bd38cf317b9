import { deleteFileRows } from "#lib/files/file.store.ts";
import { deleteObjects } from "#lib/files/object.store.ts";
import { epochSeconds } from "#lib/kernel/time.ts";
import { deleteRowsBeside, expireLinks } from "./content.store.ts";
import { beginContentPurge } from "./quota.store.ts";
import { type TransferRow, updateTransfer } from "./transfer.store.ts";

/** How long a purged transfer's link still says what became of it. */
const REMEMBERED_SECONDS = 30 * 24 * 3600;

/**
 * Purges a transfer: removes its bytes and rows. Undefined when it was extended or restored at the last moment. Safe to
 * repeat: `purgedAt` is written first, so that it can't be restored from then on, and `forgetAt` last, when nothing is
 * left.
 */
export async function purgeContent(row: TransferRow, now: Date): Promise<TransferRow | undefined> {
  const begun = await beginContentPurge(row, now);
  if (!begun) return undefined;
  const forgetAt = epochSeconds(now) + REMEMBERED_SECONDS;
  await deleteObjects(begun);
  await deleteFileRows(begun);
  await expireLinks(begun, forgetAt);
  await deleteRowsBeside(begun);
  return updateTransfer(begun, { forgetAt });
}
