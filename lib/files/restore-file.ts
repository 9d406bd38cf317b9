import { requirePermission } from "#lib/auth/permissions.ts";
import { noteLatest } from "#lib/deliveries/activity.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { recountFiles } from "#lib/transfers/recount-files.ts";
import { requireOpen } from "#lib/transfers/require-open.ts";
import { getTransferRow, updateTransfer } from "#lib/transfers/transfer.store.ts";
import { FilePurged } from "./file.errors.ts";
import { FileOfTransfer } from "./file.schema.ts";
import { getFileRow } from "./file.store.ts";
import { restoreFileRow } from "./removal.store.ts";

/** Restores a removed file. Throws FilePurged when its purge has begun, or is due. */
export async function restoreFile(ctx: Ctx, input: FileOfTransfer): Promise<{ restored: true }> {
  const authorized = requirePermission(ctx, "transfer:write");
  const { id, ordinal } = FileOfTransfer.parse(input);
  const transfer = await getTransferRow(authorized, id);
  const now = ctx.clock.now();
  requireOpen(transfer, now);
  const row = await getFileRow(transfer, ordinal);
  if (row.state !== "removed") return { restored: true };
  if ((row.purgeAt ?? "") <= now.toISOString() || !(await restoreFileRow(row))) throw new FilePurged();
  // The file was removed before it was checked: the table's stream reports that it must be checked.
  if (row.stateBeforeRemoval === "stored" && transfer.state === "ready") {
    await updateTransfer(transfer, { state: "sealed" });
  }
  await recountFiles(transfer);
  const { workspaceId } = transfer;
  const what = { kind: "restored", who: `file-${ordinal}`, name: authorized.actor.name, note: row.path } as const;
  await noteLatest({ workspaceId, transferId: id, ...what, at: now });
  return { restored: true };
}
