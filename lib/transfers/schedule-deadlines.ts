import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { DEADLINE_KINDS, type DeadlineKind, deleteDeadline, putDeadline, WARNING_MS } from "./deadline.store.ts";
import { findTransferRow, type TransferRow } from "./transfer.store.ts";
import { endOf } from "./trash.ts";

/** The recipients of a transfer that lives no longer than this are not warned. */
const SHORT_LIFE_MS = 2 * 24 * 3600 * 1000;
/** A new schedule must be in the future. */
const SOON_MS = 60_000;

/**
 * Makes a transfer's schedules match its row: its end, and a warning 24 hours earlier; in the trash only its purge.
 * Safe to repeat.
 */
export async function scheduleDeadlines(ctx: Ctx, input: { transferId: string }): Promise<void> {
  const { workspaceId } = requireSystem(ctx);
  const { transferId } = input;
  const row = await findTransferRow(workspaceId, transferId);
  const now = ctx.clock.now().getTime();
  const wanted = row ? deadlinesOf(row, now) : {};
  for (const kind of DEADLINE_KINDS) {
    const at = wanted[kind];
    if (at === undefined) await deleteDeadline({ transferId, kind });
    else await putDeadline({ workspaceId, transferId, kind }, new Date(Math.max(at, now + SOON_MS)));
  }
}

/** Times in milliseconds since 1970; absent for deadlines without a schedule. */
function deadlinesOf(row: TransferRow, now: number): Partial<Record<DeadlineKind, number>> {
  if (row.purgedAt) return {};
  const end = Date.parse(endOf(row));
  if (row.state === "deleted") return { purge: end };
  const warning = end - WARNING_MS;
  const warns = warning > now && end - Date.parse(row.createdAt) > SHORT_LIFE_MS;
  return { expiry: end, ...(warns ? { warning } : {}) };
}
