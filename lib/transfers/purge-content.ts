import { deleteFileRows } from "#lib/files/file.store.ts";
import { deleteObjects } from "#lib/files/object.store.ts";
import { epochSeconds } from "#lib/kernel/time.ts";
import { deleteRowsBeside, expireLinks } from "./content.store.ts";
import { beginContentPurge } from "./quota.store.ts";
import { type TransferRow, updateTransfer } from "./transfer.store.ts";

/** How long a transfer's link still says what became of it. */
const REMEMBERED_SECONDS = 30 * 24 * 3600;

/**
 * Removes the bytes and rows of a transfer for good; undefined when it was extended or restored at the last moment. Safe
 * to repeat: `purgedAt` is written first, so that nothing comes back from then on, `forgetAt` last, when nothing is left.
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
