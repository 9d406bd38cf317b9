import { requirePermission } from "#lib/auth/permissions.ts";
import { DEFAULT_TRASH_DAYS } from "#lib/kernel/choices.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { inDays } from "#lib/kernel/time.ts";
import { getSettings } from "#lib/workspaces/get-workspace.ts";
import { TransferRef, type TransferView } from "./transfer.schema.ts";
import { getTransferRow } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";
import { trashTransferRow } from "./trash.store.ts";

/**
 * Closes a transfer at once and moves it to the trash. Its files stay, and count for quotas, for the workspace's trash
 * period; until then it can be restored, and then it is purged. The table's stream creates the schedule for that.
 */
export async function deleteTransfer(ctx: Ctx, input: TransferRef): Promise<TransferView> {
  const authorized = requirePermission(ctx, "transfer:write");
  const row = await getTransferRow(authorized, TransferRef.parse(input).id);
  const now = ctx.clock.now();
  if (row.state === "deleted") return viewTransfer(row, now);
  const { trashDays = DEFAULT_TRASH_DAYS } = await getSettings(authorized);
  const until = { deletedAt: now.toISOString(), purgeAt: inDays(now, trashDays) };
  return viewTransfer(await trashTransferRow(row, until), now);
}
