import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireOpen } from "#lib/transfers/require-open.ts";
import { getTransferRow, updateTransfer } from "#lib/transfers/transfer.store.ts";
import { DeliveryChanged, ResentTooOften, ResentTooSoon } from "./delivery.errors.ts";
import { DeliveryRef, type DeliveryView } from "./delivery.schema.ts";
import { getDeliveryRow, renewDelivery } from "./delivery.store.ts";
import { viewDelivery } from "./delivery.view.ts";

/** Milliseconds between two mails to one recipient, and the most mails. */
const PAUSE = 60_000;
const MAX_ROUNDS = 10;

/**
 * Mails a recipient once more: sets the row to waiting, which the table's stream reports. Opens a revoked link again.
 * Throws ResentTooSoon and ResentTooOften, so that nobody gets too many mails.
 */
export async function resendDelivery(ctx: Ctx, input: DeliveryRef): Promise<DeliveryView> {
  const authorized = requirePermission(ctx, "transfer:write");
  const { transferId, id } = DeliveryRef.parse(input);
  const transfer = await getTransferRow(authorized, transferId);
  const now = ctx.clock.now();
  requireOpen(transfer, now);
  const row = await getDeliveryRow(transfer, id);
  if (row.mailedAt && now.getTime() - Date.parse(row.mailedAt) < PAUSE) throw new ResentTooSoon();
  if (row.round >= MAX_ROUNDS) throw new ResentTooOften(MAX_ROUNDS);
  if (!transfer.origin && ctx.origin) await updateTransfer(transfer, { origin: ctx.origin });
  if (!(await renewDelivery(row))) throw new DeliveryChanged();
  const { problem: _problem, revokedAt: _revokedAt, ...rest } = row;
  return viewDelivery({ ...rest, state: "waiting", round: row.round + 1 });
}
