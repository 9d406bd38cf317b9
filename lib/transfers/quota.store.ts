import { conditionalWrite } from "#lib/db/conditional-write.ts";
import { db, type Writes } from "#lib/db/service.ts";
import type { Limits } from "#lib/workspaces/workspace.schema.ts";
import { QuotaReached, TransferChanged, TransferTooLarge } from "./transfer.errors.ts";
import { type Count, findTransferRow, nextCount, type TransferRow } from "./transfer.store.ts";

// A transfer's bytes change together with the quotas that they count for: the sender's and the workspace's.

/**
 * Writes a new transfer together with its link, and counts the bytes of its first files in the quotas. False when there
 * is a transfer with this id already. Throws TransferTooLarge and QuotaReached.
 */
export async function insertTransfer(row: TransferRow, limits: Limits = {}): Promise<boolean> {
  const { linkId, linkVersion, workspaceId, id, createdAt, bytes } = row;
  if (limits.transfer !== undefined && bytes > limits.transfer) throw new TransferTooLarge(limits.transfer);
  const outcome = await conditionalWrite(() =>
    db()
      .transaction.write((to) => [
        to.transfer.create(row).commit(),
        to.link.create({ id: linkId, workspaceId, transferId: id, version: linkVersion, createdAt }).commit(),
        ...(bytes > 0 ? reserveQuotas(to, row, bytes, limits) : []),
      ])
      .go(),
  );
  if (outcome.held) return true;
  if (outcome.failed.includes(0)) return false;
  throw refusalOf(row, outcome.failed, 2, limits);
}

/** `firstPath`: path of the first file in the batch. */
type Range = { firstOrdinal: number; batch: string; count: number; bytes: number; firstPath: string };

/**
 * Reserves the next ordinals for a batch of files and counts their bytes in the quotas, in one transaction. False when
 * `firstOrdinal` is not the next one any more, or when no file may be added. Throws TransferTooLarge and QuotaReached.
 */
export async function reserveOrdinals(row: TransferRow, range: Range, limits: Limits): Promise<boolean> {
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
        ...reserveQuotas(to, row, bytes, limits),
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
 * Begins a purge: from here on the transfer can't be restored, and its bytes do not count in quotas any more. Written
 * before the bytes are removed. False when the transfer was extended, restored or changed meanwhile.
 */
export async function beginContentPurge(row: TransferRow, now: Date): Promise<TransferRow | undefined> {
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
              // If it was restored and deleted again meanwhile, its purge has another time.
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
 * Seals a transfer if nothing has changed since `row` was read and its files were counted, and gives the bytes that did
 * not arrive back to the quotas. False when the transfer has changed, or another caller has counted meanwhile.
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

/** Counts bytes in the quotas of a transfer, only as far as each limit allows. */
function reserveQuotas({ quota }: Writes, row: TransferRow, bytes: number, limits: Limits) {
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

/** Why a transaction failed whose items from `first` on are those of `reserveQuotas`. */
function refusalOf(row: TransferRow, failed: number[], first: number, limits: Limits): QuotaReached | TransferChanged {
  const full = holders(row).find((_, index) => failed.includes(first + index));
  return full ? new QuotaReached(full.name, limits[full.name] ?? 0) : new TransferChanged();
}

const holders = ({ senderId }: TransferRow) =>
  [
    { name: "member", holder: senderId },
    { name: "workspace", holder: "workspace" },
  ] as const;
