import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { resumeWave } from "#lib/transfers/tending.store.ts";
import { TransferChanged } from "#lib/transfers/transfer.errors.ts";
import { getTransferRow, requireOpen } from "#lib/transfers/transfer.store.ts";
import { startExecution } from "./execution.store.ts";
import { RunOfTransfer } from "./run.schema.ts";
import { getRun, updateRun } from "./run.store.ts";
import { RunNotFailed } from "./workflow.errors.ts";

/** Starts a failed run again; what its steps have done already is not done twice. */
export async function restartRun(ctx: Ctx, input: RunOfTransfer): Promise<{ tries: number }> {
  const grant = requirePermission(ctx, "transfer:write");
  const { transferId, wave } = RunOfTransfer.parse(input);
  const transfer = await getTransferRow(grant, transferId);
  requireOpen(transfer, ctx.clock.now());
  const run = await getRun({ workspaceId: grant.workspaceId, transferId, wave });
  if (run.state !== "failed") throw new RunNotFailed();
  if (!(await resumeWave(transfer, wave))) throw new TransferChanged();
  const again = { state: "running" as const, tries: run.tries + 1, startedAt: ctx.clock.now().toISOString() };
  if (!(await updateRun(run, again, ["finishedAt", "message"]))) throw new TransferChanged();
  await startExecution({ ...run, ...again });
  return { tries: again.tries };
}
