import type { EntityItem } from "electrodb";
import type { Authorization } from "#lib/auth/permissions.ts";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { Page } from "#lib/files/file.schema.ts";
import { InvalidInput } from "#lib/kernel/errors.ts";
import type { FileNumbers } from "#lib/kernel/file-numbers.ts";
import type { TransferEntity } from "./transfer.entity.ts";
import { TransferChanged, TransferNotFound } from "./transfer.errors.ts";

export type TransferRow = EntityItem<typeof TransferEntity>;

/**
 * The header of a transfer that the member is authorized for. Throws TransferNotFound otherwise, also for another
 * member's.
 */
export async function getTransferRow(
  authorized: Authorization,
  id: string,
  { consistent = false } = {},
): Promise<TransferRow> {
  const row = await findTransferRow(authorized.workspaceId, id, { consistent });
  if (!row || (authorized.scope === "own" && row.senderId !== authorized.actor.memberId)) throw new TransferNotFound();
  return row;
}

export async function findTransferRow(
  workspaceId: string,
  id: string,
  { consistent = false } = {},
): Promise<TransferRow | undefined> {
  return (await db().entities.transfer.get({ workspaceId, id }).go({ consistent })).data ?? undefined;
}

type Changes = Partial<Omit<TransferRow, "workspaceId" | "id" | "senderId" | "createdAt" | "counted" | "counts">>;

/**
 * Writes `changes` if the transfer is still in the state in which it was read, and its purge has not begun since.
 * Throws TransferChanged otherwise.
 */
export async function updateTransfer(row: TransferRow, changes: Changes): Promise<TransferRow> {
  const written = await conditionHeld(() =>
    db()
      .entities.transfer.patch({ workspaceId: row.workspaceId, id: row.id })
      .set(changes)
      .where((at, is) => {
        const kept = row.purgedAt ? is.exists(at.purgedAt) : is.notExists(at.purgedAt);
        return `${is.eq(at.state, row.state)} AND ${is.eq(at.nextOrdinal, row.nextOrdinal)} AND ${kept}`;
      })
      .go(),
  );
  if (!written) throw new TransferChanged();
  return { ...row, ...changes };
}

/** What members change of a transfer, beside its files and recipients. */
const CHANGED_BY_MEMBERS = [
  "state",
  "title",
  "message",
  "downloadLimit",
  "expiresAt",
  "linkVersion",
  "purgedAt",
] as const;

/** Writes `changes` if all that members change is as it was read; undefined otherwise. */
export async function updateUnchanged(row: TransferRow, changes: Changes): Promise<TransferRow | undefined> {
  const written = await conditionHeld(() =>
    db()
      .entities.transfer.patch({ workspaceId: row.workspaceId, id: row.id })
      .set(changes)
      .where((at, is) =>
        CHANGED_BY_MEMBERS.map((name) => {
          const value = row[name];
          // Guarantee: the value is that of the same attribute.
          return value === undefined ? is.notExists(at[name]) : is.eq(at[name] as never, value as never);
        }).join(" AND "),
      )
      .go(),
  );
  return written ? { ...row, ...changes } : undefined;
}

/** Marks a sealed transfer as ready, once all of its files are decided on. */
export async function markTransferReady({ workspaceId, id }: TransferRow): Promise<boolean> {
  return await conditionHeld(() =>
    db()
      .entities.transfer.patch({ workspaceId, id })
      .set({ state: "ready" })
      .where((at, is) => is.eq(at.state, "sealed"))
      .go(),
  );
}

export type Count = { counted: FileNumbers; takenBack: string; firstPath?: string; picture: string };

/** The next number of the count, if no other caller has counted since `row` was read. */
export const nextCount = ({ counts = 0 }: TransferRow, { counted, takenBack, firstPath = "", picture }: Count) => ({
  ...{ counted, takenBack, firstPath, picture },
  counts: counts + 1,
});

/** Writes what was counted since `row` was read. Undefined when another caller has counted meanwhile. */
export async function writeCount(row: TransferRow, count: Count): Promise<TransferRow | undefined> {
  const next = nextCount(row, count);
  const written = await conditionHeld(() =>
    db()
      .entities.transfer.patch({ workspaceId: row.workspaceId, id: row.id })
      .set(next)
      .where((at, is) => (row.counts === undefined ? is.notExists(at.counts) : is.eq(at.counts, row.counts)))
      .go(),
  );
  return written ? { ...row, ...next } : undefined;
}

export type Shelf = TransferRow["shelf"];
export const SHELVES: readonly Shelf[] = ["transfers", "trash"];

/** The key of a sender's own list. */
export const senderShelf = (senderId: string, shelf: Shelf): string =>
  shelf === "trash" ? `${senderId}#trash` : senderId;

/** Newest first. With `senderId` only that sender's. */
export async function listTransferRows(
  workspaceId: string,
  options: { shelf: Shelf; senderId?: string; limit: number; cursor?: string | undefined },
): Promise<Page<TransferRow>> {
  const { transfer } = db().entities;
  const { shelf, senderId } = options;
  const query = senderId
    ? transfer.query.bySender({ workspaceId, senderShelf: senderShelf(senderId, shelf) })
    : transfer.query.byWorkspace({ workspaceId, shelf });
  const { limit, cursor = null } = options;
  // There may be more purged transfers than restorable ones, so pages are read until they are full.
  const pages =
    shelf === "trash"
      ? query.where((at, is) => is.notExists(at.forgetAt)).go({ order: "desc", count: limit, cursor })
      : query.go({ order: "desc", limit, cursor });
  const page = await pages.catch((error: unknown) => {
    if (cursor) throw new InvalidInput("This page of the list can't be opened. Start from its beginning.");
    throw error;
  });
  return { items: page.data, ...(page.cursor ? { cursor: page.cursor } : {}) };
}
