import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { purgeContent } from "./purge-content.ts";
import { TransferChanged, TransferNotDeleted } from "./transfer.errors.ts";
import { TransferRef, type TransferView } from "./transfer.schema.ts";
import { getTransferRow } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/** Purges a deleted transfer: removes its bytes and rows for good. Safe to repeat. */
export async function purgeTransfer(ctx: Ctx, input: TransferRef): Promise<TransferView> {
  const authorized = requirePermission(ctx, "transfer:write");
  const row = await getTransferRow(authorized, TransferRef.parse(input).id);
  if (row.state !== "deleted") throw new TransferNotDeleted();
  const now = ctx.clock.now();
  const forgotten = await purgeContent(row, now);
  if (!forgotten) throw new TransferChanged();
  return viewTransfer(forgotten, now);
}
