import type { EntityItem } from "electrodb";
import type { Grant } from "#lib/auth/permissions.ts";
import { conditionalWrite, conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { Page } from "#lib/files/file.schema.ts";
import { InvalidInput } from "#lib/kernel/errors.ts";
import type { FileNumbers } from "#lib/kernel/file-numbers.ts";
import type { Limits } from "#lib/workspaces/workspace.schema.ts";
import type { TransferEntity } from "./transfer.entity.ts";
import {
  QuotaReached,
  TransferChanged,
  TransferDeleted,
  TransferExpired,
  TransferNotFound,
  TransferSealed,
  TransferTooLarge,
} from "./transfer.errors.ts";
import { stateAt } from "./transfer.view.ts";

export type TransferRow = EntityItem<typeof TransferEntity>;

/** The header of a transfer that the grant reaches; TransferNotFound otherwise, also for another's. */
export async function getTransferRow(grant: Grant, id: string, { consistent = false } = {}): Promise<TransferRow> {
  const row = await findTransferRow(grant.workspaceId, id, { consistent });
  if (!row || (grant.scope === "own" && row.senderId !== grant.actor.memberId)) throw new TransferNotFound();
  return row;
}

export async function findTransferRow(
  workspaceId: string,
  id: string,
  { consistent = false } = {},
): Promise<TransferRow | undefined> {
  return (await db().entities.transfer.get({ workspaceId, id }).go({ consistent })).data ?? undefined;
}

/** Throws what a guest or sender is told when a transfer is closed. */
export function requireOpen(row: TransferRow, now: Date): void {
  const state = stateAt(row, now);
  if (state === "deleted") throw new TransferDeleted();
  if (state === "expired") throw new TransferExpired();
}

/** As `requireOpen`, and files may still be added. */
export function requireUploadable(row: TransferRow, now: Date): void {
  requireOpen(row, now);
  if (row.state !== "draft" && row.state !== "uploading") throw new TransferSealed();
}

/**
 * Writes a new transfer together with its link, and takes the bytes of its first files from the quotas. False when there
 * is one of this id already. Throws TransferTooLarge and QuotaReached.
 */
export async function insertTransfer(row: TransferRow, limits: Limits = {}): Promise<boolean> {
  const { linkId, linkVersion, workspaceId, id, createdAt, bytes } = row;
  if (limits.transfer !== undefined && bytes > limits.transfer) throw new TransferTooLarge(limits.transfer);
  const outcome = await conditionalWrite(() =>
    db()
      .transaction.write((to) => [
        to.transfer.create(row).commit(),
        to.link.create({ id: linkId, workspaceId, transferId: id, version: linkVersion, createdAt }).commit(),
        ...(bytes > 0 ? takeQuotas(to, row, bytes, limits) : []),
      ])
      .go(),
  );
  if (outcome.held) return true;
  if (outcome.failed.includes(0)) return false;
  throw refusalOf(row, outcome.failed, 2, limits);
}

type Changes = Partial<Omit<TransferRow, "workspaceId" | "id" | "senderId" | "createdAt" | "counted" | "counts">>;

/**
 * Writes `changes` if the transfer is still in the state in which it was read, and its files have not begun to go since;
 * TransferChanged otherwise.
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

/** A sealed transfer all of whose files are decided upon is ready. */
export async function readyTransfer({ workspaceId, id }: TransferRow): Promise<boolean> {
  return await conditionHeld(() =>
    db()
      .entities.transfer.patch({ workspaceId, id })
      .set({ state: "ready" })
      .where((at, is) => is.eq(at.state, "sealed"))
      .go(),
  );
}

type Count = { counted: FileNumbers; takenBack: string; firstPath?: string; picture: string };

/** The next count, if nobody has counted since `row` was read. */
const nextCount = ({ counts = 0 }: TransferRow, { counted, takenBack, firstPath = "", picture }: Count) => ({
  ...{ counted, takenBack, firstPath, picture },
  counts: counts + 1,
});

/** Writes what was counted since `row` was read; undefined when someone else has counted meanwhile. */
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

/** `firstPath`: of the batch's first file. */
type Range = { firstOrdinal: number; batch: string; count: number; bytes: number; firstPath: string };

/**
 * Hands out the next ordinals to a batch of files and takes their bytes from the quotas, in one transaction. False when
 * `firstOrdinal` is not the next one any more, or when no file may be added. Throws TransferTooLarge and QuotaReached.
 */
export async function takeOrdinals(row: TransferRow, range: Range, limits: Limits): Promise<boolean> {
  const { workspaceId, id } = row;
  const { firstOrdinal, batch, count, bytes } = range;
  const outcome = await conditionalWrite(() =>
    db()
      .transaction.write((to) => [
        to.transfer
          .patch({ workspaceId, id })
          .set({
            ...{ state: "uploading", lastBatch: batch, lastBatchFirst: firstOrdinal },
            ...(firstOrdinal === 0 ? { firstPath: range.firstPath } : {}),
          })
          .add({ nextOrdinal: count, fileCount: count, bytes })
          .where((at, is) => {
            const isNext = `${is.eq(at.nextOrdinal, firstOrdinal)} AND (${is.eq(at.state, "draft")} OR ${is.eq(at.state, "uploading")})`;
            return limits.transfer === undefined
              ? isNext
              : `${isNext} AND ${is.lte(at.bytes, limits.transfer - bytes)}`;
          })
          .commit(),
        ...takeQuotas(to, row, bytes, limits),
      ])
      .go(),
  );
  if (outcome.held) return true;
  if (!outcome.failed.includes(0)) throw refusalOf(row, outcome.failed, 1, limits);
  const now = await findTransferRow(workspaceId, id);
  const isNext = now?.nextOrdinal === firstOrdinal && (now.state === "draft" || now.state === "uploading");
  if (isNext && limits.transfer !== undefined) throw new TransferTooLarge(limits.transfer);
  return false;
}

/**
 * From here on nothing of the transfer comes back: written before its bytes go, which count for nobody from then on. False
 * when it was extended, restored or changed meanwhile.
 */
export async function beginForgetting(row: TransferRow, now: Date): Promise<TransferRow | undefined> {
  if (row.purgedAt) return row;
  const { workspaceId, id } = row;
  const purgedAt = now.toISOString();
  const outcome = await conditionalWrite(() =>
    db()
      .transaction.write(({ transfer, quota }) => [
        transfer
          .patch({ workspaceId, id })
          .set({ purgedAt })
          .where((at, is) =>
            [
              is.eq(at.state, row.state),
              is.eq(at.expiresAt, row.expiresAt),
              is.eq(at.bytes, row.bytes),
              // Deleted, restored and deleted again it has another time to go.
              row.purgeAt ? is.eq(at.purgeAt, row.purgeAt) : is.notExists(at.purgeAt),
              is.notExists(at.purgedAt),
            ].join(" AND "),
          )
          .commit(),
        ...holders(row).map(({ holder }) => quota.update({ workspaceId, holder }).add({ bytes: -row.bytes }).commit()),
      ])
      .go(),
  );
  if (outcome.held) return { ...row, purgedAt };
  const again = await findTransferRow(workspaceId, id);
  return again?.purgedAt ? again : undefined;
}

/**
 * Seals a transfer of which all files were counted since `row` was read, and the quotas get back what did not arrive.
 * False when the transfer has changed, or someone else has counted meanwhile.
 */
export async function sealTransferRow(
  row: TransferRow,
  arrived: { fileCount: number; bytes: number },
  count: Count,
): Promise<boolean> {
  const { workspaceId, id, counts } = row;
  const changes = { state: "sealed" as const, ...arrived, ...nextCount(row, count) };
  const outcome = await conditionalWrite(() =>
    db()
      .transaction.write(({ transfer, quota }) => [
        transfer
          .patch({ workspaceId, id })
          .set(changes)
          .where((at, is) =>
            [
              is.eq(at.state, row.state),
              is.eq(at.nextOrdinal, row.nextOrdinal),
              is.eq(at.bytes, row.bytes),
              counts === undefined ? is.notExists(at.counts) : is.eq(at.counts, counts),
            ].join(" AND "),
          )
          .commit(),
        ...holders(row).map(({ holder }) =>
          quota
            .update({ workspaceId, holder })
            .add({ bytes: arrived.bytes - row.bytes })
            .commit(),
        ),
      ])
      .go(),
  );
  return outcome.held;
}

/** What a transaction may write to. */
type Writes = Parameters<Parameters<ReturnType<typeof db>["transaction"]["write"]>[0]>[0];

/** Takes bytes from the quotas of those who hold the transfer, each only as far as its limit allows. */
function takeQuotas({ quota }: Writes, row: TransferRow, bytes: number, limits: Limits) {
  return holders(row).map(({ name, holder }) =>
    quota
      .update({ workspaceId: row.workspaceId, holder })
      .add({ bytes })
      .where((at, is) => {
        const limit = limits[name];
        if (limit === undefined) return "";
        return bytes > limit ? is.lt(at.bytes, 0) : `${is.notExists(at.bytes)} OR ${is.lte(at.bytes, limit - bytes)}`;
      })
      .commit(),
  );
}

/** Why a transaction failed whose items from `first` on are those of `takeQuotas`. */
function refusalOf(row: TransferRow, failed: number[], first: number, limits: Limits): QuotaReached | TransferChanged {
  const full = holders(row).find((_, index) => failed.includes(first + index));
  return full ? new QuotaReached(full.name, limits[full.name] ?? 0) : new TransferChanged();
}

const holders = ({ senderId }: TransferRow) =>
  [
    { name: "member", holder: senderId },
    { name: "workspace", holder: "workspace" },
  ] as const;

/** Replaces a transfer's link: its version grows in both rows at once, with `entry` for the activity. Throws TransferChanged if another request was first. */
export async function raiseLinkVersion(
  row: TransferRow,
  entry: Parameters<Writes["activity"]["create"]>[0],
): Promise<TransferRow> {
  const { workspaceId, id, linkId, linkVersion } = row;
  const version = linkVersion + 1;
  const written = await conditionHeld(() =>
    db()
      .transaction.write(({ activity, link, transfer }) => [
        activity.create(entry).commit(),
        link
          .patch({ id: linkId })
          .set({ version })
          .where((at, is) => is.eq(at.version, linkVersion))
          .commit(),
        transfer
          .patch({ workspaceId, id })
          .set({ linkVersion: version })
          .where((at, is) => is.eq(at.linkVersion, linkVersion))
          .commit(),
      ])
      .go(),
  );
  if (!written) throw new TransferChanged();
  return { ...row, linkVersion: version };
}

export type Shelf = TransferRow["shelf"];
export const SHELVES: readonly Shelf[] = ["transfers", "trash"];

/** The key of a sender's own list. */
export const senderShelf = (senderId: string, shelf: Shelf): string =>
  shelf === "trash" ? `${senderId}#trash` : senderId;

/** Newest first. `senderId` narrows to one sender's. */
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
  // Of what has gone for good there may be more than of what can be restored: pages are filled.
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
