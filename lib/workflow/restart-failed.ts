import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { findTransferRow } from "#lib/transfers/transfer.store.ts";
import { stateAt } from "#lib/transfers/transfer.view.ts";
import { startExecution } from "./execution.store.ts";
import { beginNextTry, listOpenRuns } from "./run.store.ts";

/** A failed run is started again automatically until it has had this many tries; then a person decides. */
const MAX_TRIES_OF_A_RUN = 3;

/**
 * Starts a transfer's oldest failed run again that has tries left. False when there is none, or another run is under
 * way. Safe to repeat.
 */
export async function restartFailed(ctx: Ctx, input: { transferId: string }): Promise<boolean> {
  const { workspaceId } = requireSystem(ctx);
  const { transferId } = input;
  const transfer = await findTransferRow(workspaceId, transferId);
  if (!transfer || transfer.activeWave !== undefined) return false;
  const state = stateAt(transfer, ctx.clock.now());
  if (state === "deleted" || state === "expired") return false;
  const runs = await listOpenRuns({ workspaceId, transferId });
  const failed = runs.find(({ state, tries }) => state === "failed" && tries < MAX_TRIES_OF_A_RUN);
  const next = failed && (await beginNextTry(failed, ctx.clock.now().toISOString()));
  if (!next) return false;
  await startExecution(next);
  return true;
}
