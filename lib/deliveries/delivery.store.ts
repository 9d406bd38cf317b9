import type { EntityItem } from "electrodb";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { ActivityRow } from "./activity.store.ts";
import type { DeliveryEntity } from "./delivery.entity.ts";
import { DeliveryNotFound } from "./delivery.errors.ts";

export type DeliveryRow = EntityItem<typeof DeliveryEntity>;

/** The transfer of the recipients. */
export type DeliveriesOf = { workspaceId: string; id: string };

/** Rows in one transaction, two for each recipient and one for the transfer; DynamoDB allows 100. */
const PER_TRANSACTION = 40;

const keyOf = (of: DeliveriesOf, id: string) => ({ workspaceId: of.workspaceId, transferId: of.id, id });
const keyOfRow = ({ workspaceId, transferId, id }: DeliveryRow) => ({ workspaceId, transferId, id });

/** All recipients of a transfer in the order in which they were added; there are at most fifty. */
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
 * Writes new recipients with their links, and the transfer's number of recipients. False when another call was first;
 * then none of the last forty is written.
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

/** Closes the personal link by raising its version, and writes `entry`. False when another call was first. */
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

/** Sets the delivery to waiting for another round of mail, with an open link. False when another call was first. */
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

/** Writes the outcome of a round's mail. A bounce that was written before is kept. */
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

/**
 * Writes that the mail of a round could not be delivered. False when this is written already or another round has
 * begun.
 */
export async function noteBounced(row: DeliveryRow, problem: string): Promise<boolean> {
  return await conditionHeld(() =>
    db()
      .entities.delivery.patch(keyOfRow(row))
      .set({ state: "bounced", problem })
      .where((at, is) => `${is.eq(at.round, row.round)} AND ${is.ne(at.state, "bounced")}`)
      .go(),
  );
}

/** Writes why the delivery still waits. */
export async function noteDelayed(row: DeliveryRow, problem: string): Promise<void> {
  await conditionHeld(() =>
    db()
      .entities.delivery.patch(keyOfRow(row))
      .set({ problem })
      .where((at, is) => `${is.eq(at.round, row.round)} AND ${is.eq(at.state, "waiting")}`)
      .go(),
  );
}

/** Writes that a person opened the page; true the first time. */
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

/**
 * Writes which files a recipient has, if the row has not changed since it was read; `downloads` counts grants, each
 * once.
 */
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
 * Writes how many recipients of a transfer have downloaded, counted from their rows, for lists that do not read
 * recipients. The number only grows, so a late count does not lower it.
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
