import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { findTransferRow } from "#lib/transfers/transfer.store.ts";
import { findDeliveryRow } from "./delivery.store.ts";
import { noteUndeliverable } from "./note-undeliverable.ts";

/**
 * Writes that a mail to a recipient bounced, which SES reports some time after sending. Bounces of an earlier round are
 * ignored.
 */
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
