import { linkPath } from "#lib/links/link.store.ts";
import type { DeliveryView } from "./delivery.schema.ts";
import type { DeliveryRow } from "./delivery.store.ts";

/** What a recipient is called: the name where one is known, else the address. */
export const calledOf = ({ name, email }: Pick<DeliveryRow, "name" | "email">): string => name || email;

export function viewDelivery(row: DeliveryRow): DeliveryView {
  const { id, email, name, state, mailedAt, openedAt, downloadedAt, lastDownloadAt, revokedAt, problem } = row;
  return {
    id,
    email,
    state,
    downloads: row.downloads,
    files: row.files,
    bytes: row.bytes,
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
