import { requireSystem } from "#lib/auth/permissions.ts";
import { announceTransfer } from "#lib/deliveries/announce-transfer.ts";
import { allFileRows, type FileRow, noteFile } from "#lib/files/file.store.ts";
import { deleteFileObjects, deleteObjects, listObjects, listTransferPrefixes } from "#lib/files/object.store.ts";
import { purgeRemoved } from "#lib/files/purge-removed.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { hasArrived } from "#lib/kernel/file-states.ts";
import { expireTransfer } from "#lib/transfers/expire-transfer.ts";
import { recountFiles } from "#lib/transfers/recount-files.ts";
import { findTransferRow, listTransferRows, SHELVES, type TransferRow } from "#lib/transfers/transfer.store.ts";
import { stateAt } from "#lib/transfers/transfer.view.ts";
import { endOf } from "#lib/transfers/trash.ts";
import { requeueOverdueMessages } from "#lib/webhooks/requeue-overdue-messages.ts";
import { reconcileTransfer } from "./reconcile-transfer.ts";
import { restartFailed } from "./restart-failed.ts";
import { isPurged } from "./unless-purged.ts";

/** What a sweep did, as counts. */
export type SweepReport = {
  /** Transfers that were looked at, and those of them that were reconciled. */
  transfers: number;
  reconciled: number;
  /** Failed runs that were started again. */
  restarted: number;
  /** Transfers past their end, or their time in the trash, whose content was still there and was removed. */
  expired: number;
  /** Recipients who still waited for their mail and got it. */
  mailed: number;
  /**
   * Transfers with objects but without a row or files, and purged files whose object came back: the objects were
   * deleted.
   */
  orphans: number;
  /** Files with a row but without an object: marked as failed. */
  lost: number;
  /** Webhooks' messages whose time had passed without an attempt. */
  requeued: number;
};

const PAGE = 100;
const GONE = "The bytes of this file are no longer in storage.";

/**
 * The backstop for everything that events start: continues what was interrupted or whose event was lost, and finds rows
 * without objects and objects without rows. A failure with one transfer does not affect the others. Safe to repeat.
 */
export async function sweepWorkspace(ctx: Ctx, input: { token: string }): Promise<SweepReport> {
  const { workspaceId } = requireSystem(ctx);
  const report: SweepReport = {
    transfers: 0,
    reconciled: 0,
    restarted: 0,
    expired: 0,
    mailed: 0,
    orphans: 0,
    lost: 0,
    requeued: 0,
  };
  const failures: unknown[] = [];
  for (const shelf of SHELVES) {
    let cursor: string | undefined;
    do {
      const page = await listTransferRows(workspaceId, { shelf, limit: PAGE, cursor });
      for (const row of page.items) {
        report.transfers++;
        try {
          await sweepTransfer(ctx, row, input.token, report);
        } catch (error) {
          // If it was purged meanwhile, there is nothing to do for it.
          if (!(await isPurged({ workspaceId, transferId: row.id }, error))) failures.push(error);
        }
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  for await (const id of listTransferPrefixes(workspaceId)) {
    // The signed URL of a small file's upload may have been used again after everything was removed.
    const row = await findTransferRow(workspaceId, id);
    if (row && row.forgetAt === undefined) continue;
    await deleteObjects({ workspaceId, id });
    report.orphans++;
  }
  report.requeued = await requeueOverdueMessages(ctx);
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} transfers could not be swept.`);
  return report;
}

async function sweepTransfer(ctx: Ctx, row: TransferRow, token: string, report: SweepReport): Promise<void> {
  const { id: transferId, purgedAt, forgetAt } = row;
  const now = ctx.clock.now();
  if (forgetAt !== undefined) return;
  if (purgedAt !== undefined || endOf(row) <= now.toISOString()) {
    if ((await expireTransfer(ctx, { transferId })) === "purged") report.expired++;
    return;
  }
  const state = stateAt(row, now);
  if (state === "deleted") return;
  const { lost, orphans } = await compare(row, now);
  report.orphans += orphans;
  if (lost > 0 || row.counted === undefined) await recountFiles(row);
  report.lost += lost;
  if (await restartFailed(ctx, { transferId })) report.restarted++;
  else if (state === "uploading" || state === "sealed" || row.activeWave !== undefined) {
    await reconcileTransfer(ctx, { transferId, token: `${token}-${transferId}` });
    report.reconciled++;
  }
  if (row.recipientCount) report.mailed += (await announceTransfer(ctx, { transferId })).mailed ?? 0;
}

/** Finds rows of files whose objects are gone, and purges removed files whose time is over. */
async function compare(row: TransferRow, now: Date): Promise<{ lost: number; orphans: number }> {
  let lost = 0;
  const back: FileRow[] = [];
  const sizes = await listObjects(row);
  for await (const file of allFileRows(row)) {
    await purgeRemoved(row, file, now);
    if (sizes.has(file.ordinal) && (file.goneAt || file.state === "cancelled")) back.push(file);
    if (!hasArrived(file.state) || sizes.get(file.ordinal) === file.size) continue;
    if (await noteFile(file, { state: "failed", notice: GONE })) lost++;
  }
  await deleteFileObjects(back);
  return { lost, orphans: back.length };
}
