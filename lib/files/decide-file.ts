import { requirePermission } from "#lib/auth/permissions.ts";
import { noteOnce } from "#lib/deliveries/activity.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { isBlocked, isDecided } from "#lib/kernel/file-states.ts";
import { recountFiles } from "#lib/transfers/recount-files.ts";
import { requireOpen } from "#lib/transfers/require-open.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { FileChanged, FileNotFound, InfectedNotConfirmed } from "./file.errors.ts";
import { DecideFile, type FileView } from "./file.schema.ts";
import { getFileRow, updateFileRow } from "./file.store.ts";
import { viewFile } from "./file.view.ts";

const CLOSED = "The sender's workspace has closed this file.";

/**
 * Opens or closes one file by hand, whatever its scan says. The entry in the activity causes mail to recipients who
 * still wait. Only an owner may open an infected file, and must confirm it. Throws FileNotFound for a file that has not
 * arrived or was removed, FileChanged when another request was first.
 */
export async function decideFile(ctx: Ctx, input: DecideFile): Promise<FileView> {
  const authorized = requirePermission(ctx, "file:decide");
  const { transferId, ordinal, decision, confirmed } = DecideFile.parse(input);
  const transfer = await getTransferRow(authorized, transferId);
  const now = ctx.clock.now();
  requireOpen(transfer, now);
  const row = await getFileRow(transfer, ordinal);
  const opens = decision === "open";
  if (opens ? row.state === "ready" : isBlocked(row.state)) return viewFile(row);
  if (!isDecided(row.state)) throw new FileNotFound();
  if (opens && row.scan === "infected") {
    requirePermission(ctx, "file:open-infected");
    if (!confirmed) throw new InfectedNotConfirmed();
  }
  const changes = opens
    ? { state: "ready" as const, byHand: "open" as const, notice: "" }
    : { state: "unscannable" as const, byHand: "closed" as const, notice: CLOSED };
  if (!(await updateFileRow(row, [row.state], changes))) throw new FileChanged();
  await recountFiles(transfer);
  const { workspaceId } = transfer;
  await noteOnce({
    ...{ workspaceId, transferId, at: now, note: row.path, name: authorized.actor.name },
    kind: opens ? "released" : "closed",
    // Each decision is an entry of its own.
    who: `${authorized.actor.memberId}#${ordinal}#${now.toISOString()}`,
  });
  return viewFile({ ...row, ...changes });
}
