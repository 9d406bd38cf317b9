import type { EntityItem } from "electrodb";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { ActivityRow } from "./activity.store.ts";
import type { DeliveryEntity } from "./delivery.entity.ts";
import { DeliveryNotFound } from "./delivery.errors.ts";

export type DeliveryRow = EntityItem<typeof DeliveryEntity>;

/** The transfer whose recipients they are. */
export type DeliveriesOf = { workspaceId: string; id: string };

/** Rows in one transaction, two for each recipient and one for the transfer; DynamoDB takes 100. */
const PER_TRANSACTION = 40;

const keyOf = (of: DeliveriesOf, id: string) => ({ workspaceId: of.workspaceId, transferId: of.id, id });
const keyOfRow = ({ workspaceId, transferId, id }: DeliveryRow) => ({ workspaceId, transferId, id });

/** All recipients of a transfer in the order in which they were named; there are few. */
export async function listDeliveryRows(of: DeliveriesOf): Promise<DeliveryRow[]> {
  const { data } = await db()
    .entities.delivery.query.inTransfer({ workspaceId: of.workspaceId, transferId: of.id })
    .go({ pages: "all" });
  return data.sort((a, b) => a.position - b.position || (a.email < b.email ? -1 : 1));
}

export async function findDeliveryRow(of: DeliveriesOf, id: string): Promise<DeliveryRow | undefined> {
  return (await db().entities.delivery.get(keyOf(of, id)).go()).data ?? undefined;
}

export async function getDeliveryRow(of: DeliveriesOf, id: string): Promise<DeliveryRow> {
  const row = await findDeliveryRow(of, id);
  if (!row) throw new DeliveryNotFound();
  return row;
}

/**
 * Writes new recipients with their links, and how many the transfer has now: false when another call was first, and
 * nothing (of the last forty) is written.
 */
export async function insertDeliveries(
  of: DeliveriesOf & { recipientCount?: number | undefined },
  rows: DeliveryRow[],
): Promise<boolean> {
  for (let from = 0; from < rows.length; from += PER_TRANSACTION) {
    const some = rows.slice(from, from + PER_TRANSACTION);
    const before = (of.recipientCount ?? 0) + from;
    const written = await conditionHeld(() =>
      db()
        .transaction.write(({ delivery, link, transfer }) => [
          transfer
            .patch({ workspaceId: of.workspaceId, id: of.id })
            .set({ recipientCount: before + some.length })
            .where((at, is) => (before === 0 ? is.notExists(at.recipientCount) : is.eq(at.recipientCount, before)))
            .commit(),
          ...some.flatMap((row) => [
            delivery.create(row).commit(),
            link
              .create({
                id: row.linkId,
                workspaceId: row.workspaceId,
                transferId: row.transferId,
                deliveryId: row.id,
                version: row.linkVersion,
                createdAt: row.createdAt,
              })
              .commit(),
          ]),
        ])
        .go(),
    );
    if (!written) return false;
  }
  return true;
}

/** Closes the personal link by raising its version, and says so in `entry`; false when another call was first. */
export async function revokeDeliveryLink(row: DeliveryRow, revokedAt: string, entry: ActivityRow): Promise<boolean> {
  const version = row.linkVersion + 1;
  return await conditionHeld(() =>
    db()
      .transaction.write(({ activity, delivery, link }) => [
        activity.create(entry).commit(),
        link
          .patch({ id: row.linkId })
          .set({ version })
          .where((at, is) => is.eq(at.version, row.linkVersion))
          .commit(),
        delivery
          .patch(keyOfRow(row))
          .set({ linkVersion: version, revokedAt })
          .where((at, is) => is.eq(at.linkVersion, row.linkVersion))
          .commit(),
      ])
      .go(),
  );
}

/** Back to waiting, for another round of mail, with the link open again; false when another call was first. */
export async function renewDelivery(row: DeliveryRow): Promise<boolean> {
  return await conditionHeld(() =>
    db()
      .entities.delivery.patch(keyOfRow(row))
      .set({ state: "waiting", round: row.round + 1 })
      .remove(["problem", "revokedAt"])
      .where((at, is) => is.eq(at.round, row.round))
      .go(),
  );
}

/** Notes what became of a round's mail. What a bounce said of it already is not overwritten. */
export async function noteMailed(row: DeliveryRow, mailedAt: string): Promise<boolean> {
  return await conditionHeld(() =>
    db()
      .entities.delivery.patch(keyOfRow(row))
      .set({ state: "mailed", mailedAt })
      .remove(["problem"])
      .where((at, is) => `${is.eq(at.round, row.round)} AND ${is.eq(at.state, "waiting")}`)
      .go(),
  );
}

/** The mail of a round could not be delivered; false when the row says so already or another round has begun. */
export async function noteBounced(row: DeliveryRow, problem: string): Promise<boolean> {
  return await conditionHeld(() =>
    db()
      .entities.delivery.patch(keyOfRow(row))
      .set({ state: "bounced", problem })
      .where((at, is) => `${is.eq(at.round, row.round)} AND ${is.ne(at.state, "bounced")}`)
      .go(),
  );
}

/** Still waiting, and why. */
export async function noteDelayed(row: DeliveryRow, problem: string): Promise<void> {
  await conditionHeld(() =>
    db()
      .entities.delivery.patch(keyOfRow(row))
      .set({ problem })
      .where((at, is) => `${is.eq(at.round, row.round)} AND ${is.eq(at.state, "waiting")}`)
      .go(),
  );
}

/** The page was opened by a person; true the first time. */
export async function markOpened(of: DeliveriesOf, id: string, openedAt: string): Promise<boolean> {
  return await conditionHeld(() =>
    db()
      .entities.delivery.patch(keyOf(of, id))
      .set({ openedAt })
      .where((at, is) => is.notExists(at.openedAt))
      .go(),
  );
}

type Downloads = Pick<DeliveryRow, "downloads" | "files" | "bytes" | "got"> & {
  downloadedAt: string;
  openedAt: string;
};

/** Writes what a recipient has by now, if it is still what was read; `downloads` counts grants, each once. */
export async function writeDownloads(row: DeliveryRow, next: Downloads): Promise<boolean> {
  return await conditionHeld(() =>
    db()
      .entities.delivery.patch(keyOfRow(row))
      .set({ ...next, lastDownloadAt: next.downloadedAt, downloadedAt: row.downloadedAt ?? next.downloadedAt })
      .where((at, is) => is.eq(at.downloads, row.downloads))
      .go(),
  );
}

/**
 * Sets how many recipients of a transfer have downloaded, counted from their rows, for lists that read no recipient. The
 * number only grows, so that a count which comes late takes nothing back.
 */
export async function recountCollected(of: DeliveriesOf): Promise<void> {
  const { delivery, transfer } = db().entities;
  const { data } = await delivery.query
    .inTransfer({ workspaceId: of.workspaceId, transferId: of.id })
    .go({ pages: "all", consistent: true });
  const collectedCount = data.filter(({ downloadedAt }) => downloadedAt !== undefined).length;
  await conditionHeld(() =>
    transfer
      .patch({ workspaceId: of.workspaceId, id: of.id })
      .set({ collectedCount })
      .where((at, is) => `(${is.notExists(at.collectedCount)} OR ${is.lt(at.collectedCount, collectedCount)})`)
      .go(),
  );
}
