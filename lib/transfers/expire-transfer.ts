import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { purgeContent } from "./purge-content.ts";
import { scheduleDeadlines } from "./schedule-deadlines.ts";
import { findTransferRow } from "./transfer.store.ts";
import { endOf } from "./trash.ts";

/**
 * Purges a transfer whose end has come, or whose time in the trash is over; its header is kept for another 30 days. A
 * transfer that was extended or restored meanwhile gets new schedules. Safe to repeat, which continues an interrupted
 * purge.
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
