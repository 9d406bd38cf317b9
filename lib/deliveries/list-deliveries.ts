import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { TransferRef } from "#lib/transfers/transfer.schema.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import type { DeliveryView } from "./delivery.schema.ts";
import { listDeliveryRows } from "./delivery.store.ts";
import { viewDelivery } from "./delivery.view.ts";

/** A transfer's recipients in the order in which they were named, at most `MAX_RECIPIENTS`. */
export async function listDeliveries(ctx: Ctx, input: TransferRef): Promise<DeliveryView[]> {
  const grant = requirePermission(ctx, "transfer:read");
  const transfer = await getTransferRow(grant, TransferRef.parse(input).id);
  return (await listDeliveryRows(transfer)).map(viewDelivery);
}
