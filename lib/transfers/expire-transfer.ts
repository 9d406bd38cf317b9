import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { purgeContent } from "./purge-content.ts";
import { scheduleDeadlines } from "./schedule-deadlines.ts";
import { findTransferRow } from "./transfer.store.ts";
import { endOf } from "./trash.ts";

/**
 * Removes the bytes and rows of a transfer whose end has come, or whose time in the trash is over; its header remembers for
 * 30 days that there was one. One that was extended or restored meanwhile is scheduled again. Safe to repeat, and the way to go on after a crash.
 */
export async function expireTransfer(ctx: Ctx, input: { transferId: string }): Promise<"purged" | "not yet"> {
  const { workspaceId } = requireSystem(ctx);
  const row = await findTransferRow(workspaceId, input.transferId);
  if (!row || row.forgetAt) return "purged";
  const now = ctx.clock.now();
  if ((row.purgedAt || endOf(row) <= now.toISOString()) && (await purgeContent(row, now))) return "purged";
  await scheduleDeadlines(ctx, input);
  return "not yet";
}
