import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { entryOf } from "./activity.store.ts";
import { DeliveryChanged } from "./delivery.errors.ts";
import { DeliveryRef, type DeliveryView } from "./delivery.schema.ts";
import { getDeliveryRow, revokeDeliveryLink } from "./delivery.store.ts";
import { viewDelivery } from "./delivery.view.ts";

/** Closes a recipient's personal link at once. Resending opens a new one. */
export async function revokeDelivery(ctx: Ctx, input: DeliveryRef): Promise<DeliveryView> {
  const authorized = requirePermission(ctx, "transfer:write");
  const { transferId, id } = DeliveryRef.parse(input);
  const transfer = await getTransferRow(authorized, transferId);
  const row = await getDeliveryRow(transfer, id);
  if (row.revokedAt) return viewDelivery(row);
  const at = ctx.clock.now();
  const revokedAt = at.toISOString();
  const who = `${id}#${row.linkVersion + 1}`;
  const { workspaceId } = transfer;
  // The table's stream reports it, so that the link's signed URLs are closed.
  const entry = entryOf({
    workspaceId,
    transferId,
    kind: "revoked",
    who,
    name: authorized.actor.name,
    note: row.email,
    at,
  });
  if (!(await revokeDeliveryLink(row, revokedAt, entry))) throw new DeliveryChanged();
  return viewDelivery({ ...row, linkVersion: row.linkVersion + 1, revokedAt });
}
