import { requirePermission } from "#lib/auth/permissions.ts";
import { noteLatest } from "#lib/deliveries/activity.store.ts";
import { DEFAULT_TRASH_DAYS } from "#lib/kernel/choices.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { isRemovable } from "#lib/kernel/file-states.ts";
import { inDays } from "#lib/kernel/time.ts";
import { recountFiles } from "#lib/transfers/recount-files.ts";
import { requireOpen } from "#lib/transfers/require-open.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { getSettings } from "#lib/workspaces/get-workspace.ts";
import { FileChanged, FileNotReady } from "./file.errors.ts";
import { FileOfTransfer } from "./file.schema.ts";
import { getFileRow } from "./file.store.ts";
import { removeFileRow } from "./removal.store.ts";

/**
 * Removes a file that has arrived from its transfer, at once. Its bytes stay in the trash for the workspace's period,
 * and count for quotas until then. Returns until when it can be restored.
 */
export async function removeFile(ctx: Ctx, input: FileOfTransfer): Promise<{ restorableUntil: string }> {
  const authorized = requirePermission(ctx, "transfer:write");
  const { id, ordinal } = FileOfTransfer.parse(input);
  const transfer = await getTransferRow(authorized, id);
  const now = ctx.clock.now();
  requireOpen(transfer, now);
  const row = await getFileRow(transfer, ordinal);
  if (row.state === "removed") return { restorableUntil: row.purgeAt ?? now.toISOString() };
  if (!isRemovable(row.state)) throw new FileNotReady();
  const { trashDays = DEFAULT_TRASH_DAYS } = await getSettings(authorized);
  const restorableUntil = inDays(now, trashDays);
  if (!(await removeFileRow(row, row.state, restorableUntil))) throw new FileChanged();
  await recountFiles(transfer);
  const { workspaceId } = transfer;
  const what = { kind: "removed", who: `file-${ordinal}`, name: authorized.actor.name, note: row.path } as const;
  await noteLatest({ workspaceId, transferId: id, ...what, at: now });
  return { restorableUntil };
}
