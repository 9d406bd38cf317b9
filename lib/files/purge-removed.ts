import type { TransferRow } from "#lib/transfers/transfer.store.ts";
import type { FileRow } from "./file.store.ts";
import { deleteFileObjects, deleteRenditions } from "./object.store.ts";
import { beginPurge, endPurge } from "./removal.store.ts";

/** Deletes the bytes of a removed file whose time in the trash is over; false when it is not. Safe to repeat. */
export async function purgeRemoved(transfer: TransferRow, row: FileRow, now: Date): Promise<boolean> {
  const at = now.toISOString();
  if (row.state !== "removed" || row.goneAt || (row.purgeAt ?? "") > at) return false;
  if (!row.purgedAt && !(await beginPurge(row, transfer.senderId, at))) return false;
  await deleteFileObjects([row]);
  await deleteRenditions(row);
  await endPurge(row, at);
  return true;
}
