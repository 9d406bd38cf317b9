import { requirePermission } from "#lib/auth/permissions.ts";
import { type FileRow, findFileRows } from "#lib/files/file.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { hasOrdinal, ordinalsIn } from "#lib/kernel/ordinals.ts";
import { TransferRef } from "#lib/transfers/transfer.schema.ts";
import { getTransferRow, type TransferRow } from "#lib/transfers/transfer.store.ts";
import type { DeliveryView } from "./delivery.schema.ts";
import { type DeliveryRow, listDeliveryRows } from "./delivery.store.ts";
import { viewDelivery } from "./delivery.view.ts";

/** A transfer's recipients in the order in which they were added, at most `MAX_RECIPIENTS`. */
export async function listDeliveries(ctx: Ctx, input: TransferRef): Promise<DeliveryView[]> {
  const authorized = requirePermission(ctx, "transfer:read");
  const transfer = await getTransferRow(authorized, TransferRef.parse(input).id);
  const rows = await listDeliveryRows(transfer);
  const lost = await takenBackFiles(transfer, rows);
  return rows.map((row) => viewDelivery(row, lost));
}

/** Files that recipients have downloaded and nobody can download any more; there are few. */
async function takenBackFiles(
  transfer: TransferRow,
  rows: DeliveryRow[],
): Promise<Pick<FileRow, "ordinal" | "size">[]> {
  const ordinals = [...ordinalsIn(transfer.takenBack ?? "")].filter((one) =>
    rows.some(({ got }) => hasOrdinal(got, one)),
  );
  return ordinals.length > 0 ? await findFileRows(transfer, ordinals) : [];
}
