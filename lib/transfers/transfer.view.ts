import { linkPath } from "#lib/links/link.store.ts";
import type { TransferState, TransferView } from "./transfer.schema.ts";
import type { TransferRow } from "./transfer.store.ts";
import { restorableUntil } from "./trash.ts";

/** What a transfer is at a moment: deletion goes before expiry, expiry before what is stored. */
export function stateAt(row: Pick<TransferRow, "state" | "expiresAt">, now: Date): TransferState {
  if (row.state === "deleted") return "deleted";
  return row.expiresAt <= now.toISOString() ? "expired" : row.state;
}

export function viewTransfer(row: TransferRow, now: Date): TransferView {
  const until = restorableUntil(row, now);
  return {
    id: row.id,
    title: row.title,
    message: row.message,
    state: stateAt(row, now),
    fileCount: row.fileCount,
    bytes: row.bytes,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    ...(row.deletedAt ? { deletedAt: row.deletedAt } : {}),
    ...(until ? { restorableUntil: until } : {}),
    purged: row.purgedAt !== undefined,
    sender: { id: row.senderId, name: row.senderName },
    link: linkPath({ id: row.linkId, version: row.linkVersion }),
    ...(row.downloadLimit ? { downloadLimit: row.downloadLimit } : {}),
  };
}
