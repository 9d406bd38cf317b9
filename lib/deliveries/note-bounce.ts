import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { findTransferRow } from "#lib/transfers/transfer.store.ts";
import { findDeliveryRow } from "./delivery.store.ts";
import { noteUndeliverable } from "./note-undeliverable.ts";

/** Mail to a recipient came back, as SES tells some time after it took it. One of an earlier round says nothing any more. */
export async function noteBounce(
  ctx: Ctx,
  input: { transferId: string; deliveryId: string; round: number; problem: string },
): Promise<void> {
  const { workspaceId } = requireSystem(ctx);
  const transfer = await findTransferRow(workspaceId, input.transferId);
  const delivery = transfer && (await findDeliveryRow(transfer, input.deliveryId));
  if (!transfer || transfer.purgedAt || !delivery || delivery.round !== input.round) return;
  await noteUndeliverable(ctx, { transfer, delivery, problem: input.problem });
}
