import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { inDays } from "#lib/kernel/time.ts";
import { TransferPurged } from "./transfer.errors.ts";
import { TransferRef, type TransferView } from "./transfer.schema.ts";
import { getTransferRow } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";
import { restoreTransferRow } from "./trash.store.ts";
import { restorableUntil } from "./trash.ts";

/**
 * Restores a transfer from the trash. If its end has come meanwhile it gets another day, because its files would
 * otherwise be purged at once. Throws TransferPurged when the purge has begun, or is due.
 */
export async function restoreTransfer(ctx: Ctx, input: TransferRef): Promise<TransferView> {
  const authorized = requirePermission(ctx, "transfer:write");
  const { id } = TransferRef.parse(input);
  const row = await getTransferRow(authorized, id);
  const now = ctx.clock.now();
  if (row.state !== "deleted") return viewTransfer(row, now);
  if (!restorableUntil(row, now)) throw new TransferPurged();
  const expiresAt = row.expiresAt > now.toISOString() ? row.expiresAt : inDays(now, 1);
  return viewTransfer(await restoreTransferRow(row, expiresAt), now);
}
