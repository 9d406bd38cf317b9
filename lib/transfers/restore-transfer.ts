import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { TransferRef, type TransferView } from "./transfer.schema.ts";
import { getTransferRow, undeleteTransferRow } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/** Takes a deletion back, unless the files have begun to go. */
export async function restoreTransfer(ctx: Ctx, input: TransferRef): Promise<TransferView> {
  const grant = requirePermission(ctx, "transfer:write");
  const { id } = TransferRef.parse(input);
  const row = await getTransferRow(grant, id);
  const now = ctx.clock.now();
  if (row.state !== "deleted") return viewTransfer(row, now);
  return viewTransfer(await undeleteTransferRow(row), now);
}
