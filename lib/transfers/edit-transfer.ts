import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { TransferDeleted } from "./transfer.errors.ts";
import { EditTransfer, type TransferView } from "./transfer.schema.ts";
import { getTransferRow, updateTransfer } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/** Changes title, message and download limit, for guests as well. Earlier downloads count for a new limit. */
export async function editTransfer(ctx: Ctx, input: EditTransfer): Promise<TransferView> {
  const authorized = requirePermission(ctx, "transfer:write");
  const { id, title, message, downloadLimit } = EditTransfer.parse(input);
  const row = await getTransferRow(authorized, id);
  if (row.state === "deleted") throw new TransferDeleted();
  const changes = { title, message, ...(downloadLimit === undefined ? {} : { downloadLimit }) };
  return viewTransfer(await updateTransfer(row, changes), ctx.clock.now());
}
