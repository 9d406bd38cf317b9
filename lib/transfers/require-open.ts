import { TransferDeleted, TransferExpired, TransferSealed } from "./transfer.errors.ts";
import type { TransferRow } from "./transfer.store.ts";
import { stateAt } from "./transfer.view.ts";

/** Throws the error for guests and senders when a transfer is closed. */
export function requireOpen(row: TransferRow, now: Date): void {
  const state = stateAt(row, now);
  if (state === "deleted") throw new TransferDeleted();
  if (state === "expired") throw new TransferExpired();
}

/** As `requireOpen`; also requires that files may still be added. */
export function requireUploadable(row: TransferRow, now: Date): void {
  requireOpen(row, now);
  if (row.state !== "draft" && row.state !== "uploading") throw new TransferSealed();
}
