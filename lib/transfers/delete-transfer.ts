import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { TransferRef, type TransferView } from "./transfer.schema.ts";
import { getTransferRow, updateTransfer } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/** Closes a transfer at once. Its files stay until `purgeTransfer`, so that it can be restored. */
export async function deleteTransfer(ctx: Ctx, input: TransferRef): Promise<TransferView> {
  const grant = requirePermission(ctx, "transfer:write");
  const row = await getTransferRow(grant, TransferRef.parse(input).id);
  const now = ctx.clock.now();
  if (row.state === "deleted") return viewTransfer(row, now);
  const changes = { state: "deleted", stateBeforeDeletion: row.state, deletedAt: now.toISOString() } as const;
  return viewTransfer(await updateTransfer(row, changes), now);
}
