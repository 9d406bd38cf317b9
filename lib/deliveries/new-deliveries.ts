import type { Recipient } from "#lib/kernel/address.ts";
import { newId } from "#lib/kernel/id.ts";
import type { DeliveryRow } from "./delivery.store.ts";
import { deliveryIdOf } from "./delivery-id.ts";

/** Rows for people who are not recipients of the transfer yet, each with a link of its own. */
export function newDeliveries(
  transfer: { workspaceId: string; id: string },
  recipients: readonly Recipient[],
  from: { position: number; now: Date },
): DeliveryRow[] {
  return recipients.map(({ email, name }, index) => ({
    workspaceId: transfer.workspaceId,
    transferId: transfer.id,
    id: deliveryIdOf(transfer.id, email),
    position: from.position + index,
    email,
    ...(name ? { name } : {}),
    linkId: newId("ln"),
    linkVersion: 1,
    state: "waiting",
    round: 1,
    createdAt: from.now.toISOString(),
    downloads: 0,
    got: "",
    files: 0,
    bytes: 0,
  }));
}
