import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import { TransferChanged, TransferPurged } from "./transfer.errors.ts";
import { senderShelf, type TransferRow } from "./transfer.store.ts";

/** Attributes that the keys of the lists are made of, besides those that change. */
const listKeys = ({ senderId, createdAt }: TransferRow) => ({ senderId, createdAt });

/** Moves a transfer to the trash. Throws TransferChanged when it is not as it was read. */
export async function trashTransferRow(
  row: TransferRow,
  { deletedAt, purgeAt }: { deletedAt: string; purgeAt: string },
): Promise<TransferRow> {
  if (row.state === "deleted") throw new TransferChanged();
  const changes = {
    ...{ state: "deleted" as const, stateBeforeDeletion: row.state, deletedAt, purgeAt },
    ...{ shelf: "trash" as const, senderShelf: senderShelf(row.senderId, "trash") },
  };
  const written = await conditionHeld(() =>
    db()
      .entities.transfer.patch({ workspaceId: row.workspaceId, id: row.id })
      .set(changes)
      .composite(listKeys(row))
      .where((at, is) => is.eq(at.state, row.state))
      .go(),
  );
  if (!written) throw new TransferChanged();
  return { ...row, ...changes };
}

/** Restores a transfer from the trash, to end at `expiresAt`. Throws TransferPurged when its purge has begun. */
export async function restoreTransferRow(row: TransferRow, expiresAt: string): Promise<TransferRow> {
  const { deletedAt: _deletedAt, purgeAt: _purgeAt, stateBeforeDeletion, ...rest } = row;
  const state = stateBeforeDeletion ?? "ready";
  const shelf = { shelf: "transfers" as const, senderShelf: senderShelf(row.senderId, "transfers") };
  const written = await conditionHeld(() =>
    db()
      .entities.transfer.patch({ workspaceId: row.workspaceId, id: row.id })
      .set({ state, expiresAt, ...shelf })
      .composite(listKeys(row))
      .remove(["deletedAt", "purgeAt", "stateBeforeDeletion"])
      .where((at, is) => `${is.eq(at.state, "deleted")} AND ${is.notExists(at.purgedAt)}`)
      .go(),
  );
  if (!written) throw new TransferPurged();
  return { ...rest, state, expiresAt, ...shelf };
}
