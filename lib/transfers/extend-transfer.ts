import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { inDays } from "#lib/kernel/time.ts";
import { TransferDeleted, TransferPurged } from "./transfer.errors.ts";
import { ExtendTransfer, type TransferView } from "./transfer.schema.ts";
import { getTransferRow, updateTransfer } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/** Sets a transfer's end to `expiryDays` from now. Opens an expired transfer again if its files still exist. */
export async function extendTransfer(ctx: Ctx, input: ExtendTransfer): Promise<TransferView> {
  const authorized = requirePermission(ctx, "transfer:write");
  const { id, expiryDays } = ExtendTransfer.parse(input);
  const row = await getTransferRow(authorized, id);
  if (row.state === "deleted") throw new TransferDeleted();
  if (row.purgedAt) throw new TransferPurged();
  const now = ctx.clock.now();
  return viewTransfer(await updateTransfer(row, { expiresAt: inDays(now, expiryDays) }), now);
}
