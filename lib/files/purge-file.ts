import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { putDeadline } from "#lib/transfers/deadline.store.ts";
import { findTransferRow } from "#lib/transfers/transfer.store.ts";
import { findFileRows } from "./file.store.ts";
import { purgeRemoved } from "./purge-removed.ts";

/** A new schedule must be in the future. */
const SOON_MS = 60_000;

/**
 * Purges a removed file, once its time in the trash is over; before that it creates a schedule for it. Does nothing for
 * a file that was restored or is gone. Safe to repeat.
 */
export async function purgeFile(
  ctx: Ctx,
  input: { transferId: string; ordinal: number },
): Promise<"purged" | "scheduled" | "nothing"> {
  const { workspaceId } = requireSystem(ctx);
  const { transferId, ordinal } = input;
  const transfer = await findTransferRow(workspaceId, transferId);
  if (!transfer || transfer.purgedAt) return "nothing";
  const [row] = await findFileRows(transfer, [ordinal]);
  if (row?.state !== "removed" || row.goneAt) return "nothing";
  const now = ctx.clock.now();
  if (await purgeRemoved(transfer, row, now)) return "purged";
  const at = Math.max(Date.parse(row.purgeAt ?? now.toISOString()), now.getTime() + SOON_MS);
  await putDeadline({ workspaceId, transferId, kind: "file", ordinal }, new Date(at));
  return "scheduled";
}
