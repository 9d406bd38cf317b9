import { requirePermission } from "#lib/auth/permissions.ts";
import { isConditionFailed } from "#lib/db/errors.ts";
import { db } from "#lib/db/service.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { TransferPurged } from "./transfer.errors.ts";
import { TransferRef, type TransferView } from "./transfer.schema.ts";
import { getTransferRow } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/** Takes a deletion back, unless the files have begun to go. */
export async function restoreTransfer(ctx: Ctx, input: TransferRef): Promise<TransferView> {
  const grant = requirePermission(ctx, "transfer:write");
  const { id } = TransferRef.parse(input);
  const row = await getTransferRow(grant, id);
  const now = ctx.clock.now();
  if (row.state !== "deleted") return viewTransfer(row, now);
  const state = row.stateBeforeDeletion ?? "ready";
  try {
    await db()
      .entities.transfer.patch({ workspaceId: row.workspaceId, id })
      .set({ state })
      .remove(["deletedAt", "stateBeforeDeletion"])
      .where((at, is) => `${is.eq(at.state, "deleted")} AND ${is.notExists(at.purgedAt)}`)
      .go();
  } catch (error) {
    if (isConditionFailed(error)) throw new TransferPurged();
    throw error;
  }
  const { deletedAt: _deletedAt, stateBeforeDeletion: _before, ...rest } = row;
  return viewTransfer({ ...rest, state }, now);
}
