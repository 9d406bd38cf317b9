import { hasOrdinal } from "#lib/kernel/ordinals.ts";
import { linkPath } from "#lib/links/link.store.ts";
import type { DeliveryView } from "./delivery.schema.ts";
import type { DeliveryRow } from "./delivery.store.ts";

/** The recipient's name if it is known, otherwise the address. */
export const displayName = ({ name, email }: Pick<DeliveryRow, "name" | "email">): string => name || email;

/**
 * `takenBack`: files that can't be downloaded any more; they are not counted for recipients who have downloaded them.
 */
export function viewDelivery(row: DeliveryRow, takenBack: { ordinal: number; size: number }[] = []): DeliveryView {
  const lost = takenBack.filter(({ ordinal }) => hasOrdinal(row.got, ordinal));
  const { id, email, name, state, mailedAt, openedAt, downloadedAt, lastDownloadAt, revokedAt, problem } = row;
  return {
    id,
    email,
    state,
    downloads: row.downloads,
    files: row.files - lost.length,
    bytes: lost.reduce((left, { size }) => left - size, row.bytes),
    link: linkPath({ id: row.linkId, version: row.linkVersion }),
    ...(name ? { name } : {}),
    ...(mailedAt ? { mailedAt } : {}),
    ...(openedAt ? { openedAt } : {}),
    ...(downloadedAt ? { downloadedAt } : {}),
    ...(lastDownloadAt ? { lastDownloadAt } : {}),
    ...(revokedAt ? { revokedAt } : {}),
    ...(problem ? { problem } : {}),
  };
}
