import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireGuest } from "#lib/transfers/require-guest.ts";
import { noteOnce } from "./activity.store.ts";
import { findDeliveryRow, markOpened } from "./delivery.store.ts";
import { displayName } from "./delivery.view.ts";

/** Guests with the transfer's own link, of whom nothing is known. */
export const ANYONE_WITH_LINK = "anyone";

/**
 * Writes that a person has opened the guest page. The page's script reports it at the first input of a person, because
 * mail scanners load pages, too. Written once for each recipient, and once per hour for the transfer's own link.
 */
export async function noteOpened(ctx: Ctx, _input?: unknown): Promise<void> {
  const transfer = await requireGuest(ctx);
  const deliveryId = ctx.actor.kind === "guest" ? ctx.actor.deliveryId : undefined;
  const at = ctx.clock.now();
  const entry = { workspaceId: transfer.workspaceId, transferId: transfer.id, kind: "opened", at } as const;
  if (!deliveryId) return noteOnce({ ...entry, who: ANYONE_WITH_LINK });
  const delivery = await findDeliveryRow(transfer, deliveryId);
  if (!delivery || !(await markOpened(transfer, deliveryId, at.toISOString()))) return;
  await noteOnce({ ...entry, who: deliveryId, name: displayName(delivery) });
}
