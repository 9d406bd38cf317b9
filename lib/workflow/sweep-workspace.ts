import { requireSystem } from "#lib/auth/permissions.ts";
import { allFileRows, noteFile } from "#lib/files/file.store.ts";
import { deleteObjects, listObjects, listTransferPrefixes } from "#lib/files/object.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { hasArrived } from "#lib/kernel/file-states.ts";
import { endWave, resumeWave } from "#lib/transfers/tending.store.ts";
import { findTransferRow, listTransferRows, type TransferRow } from "#lib/transfers/transfer.store.ts";
import { stateAt } from "#lib/transfers/transfer.view.ts";
import { startExecution } from "./execution.store.ts";
import { listRunRows, updateRun } from "./run.store.ts";
import { tendTransfer } from "./tend-transfer.ts";

/** What a sweep did; all are counts. */
export type SweepReport = {
  /** Transfers looked at, and of those the ones that were looked after. */
  transfers: number;
  tended: number;
  /** Failed runs that were started again. */
  restarted: number;
  /** Transfers that had objects and no row any more: their objects were deleted. */
  orphans: number;
  /** Files that had a row and no object any more: marked as failed. */
  lost: number;
};

/** A run is started again by itself so many times in all; then a person decides. */
const MOST_TRIES = 3;
const PAGE = 100;
const GONE = "The bytes of this file are no longer in storage.";

/**
 * The backstop of everything that is started by events: drives on what got stuck, whatever event was lost, and finds what
 * has no counterpart in either direction. Safe to repeat.
 */
export async function sweepWorkspace(ctx: Ctx, input: { token: string }): Promise<SweepReport> {
  const { workspaceId } = requireSystem(ctx);
  const report: SweepReport = { transfers: 0, tended: 0, restarted: 0, orphans: 0, lost: 0 };
  let cursor: string | undefined;
  do {
    const page = await listTransferRows(workspaceId, { limit: PAGE, cursor });
    for (const row of page.items) {
      report.transfers++;
      await sweepTransfer(ctx, row, input.token, report);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  for await (const id of listTransferPrefixes(workspaceId)) {
    if (await findTransferRow(workspaceId, id)) continue;
    await deleteObjects({ workspaceId, id });
    report.orphans++;
  }
  return report;
}

async function sweepTransfer(ctx: Ctx, row: TransferRow, token: string, report: SweepReport): Promise<void> {
  const state = stateAt(row, ctx.clock.now());
  if (state === "deleted" || state === "expired" || row.purgedAt !== undefined) return;
  report.lost += await markLost(row);
  if (await restartFailed(ctx, row)) report.restarted++;
  else if (state === "uploading" || state === "sealed" || row.activeWave !== undefined) {
    await tendTransfer(ctx, { transferId: row.id, token: `${token}-${row.id}` });
    report.tended++;
  }
}

/** Rows of files whose objects are gone. */
async function markLost(row: TransferRow): Promise<number> {
  let lost = 0;
  const sizes = await listObjects(row);
  for await (const file of allFileRows(row)) {
    if (!hasArrived(file.state) || sizes.get(file.ordinal) === file.size) continue;
    if (await noteFile(file, { state: "failed", notice: GONE })) lost++;
  }
  return lost;
}

async function restartFailed(ctx: Ctx, row: TransferRow): Promise<boolean> {
  if (row.activeWave !== undefined) return false;
  const [run] = await listRunRows({ workspaceId: row.workspaceId, transferId: row.id }, 1);
  if (run?.state !== "failed" || run.tries >= MOST_TRIES) return false;
  if (!(await resumeWave(row, run.wave))) return false;
  const again = { state: "running" as const, tries: run.tries + 1, startedAt: ctx.clock.now().toISOString() };
  if (await updateRun(run, again, ["finishedAt", "message"])) {
    await startExecution({ ...run, ...again });
    return true;
  }
  await endWave(row, run.wave);
  return false;
}
