import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireOpen } from "#lib/transfers/require-open.ts";
import { TransferChanged } from "#lib/transfers/transfer.errors.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { startExecution } from "./execution.store.ts";
import { RunOfTransfer } from "./run.schema.ts";
import { beginNextTry, getRun } from "./run.store.ts";
import { RunNotFailed } from "./workflow.errors.ts";

/** Starts a failed run again. What its steps have finished is not repeated. */
export async function restartRun(ctx: Ctx, input: RunOfTransfer): Promise<{ tries: number }> {
  const authorized = requirePermission(ctx, "transfer:write");
  const { transferId, wave } = RunOfTransfer.parse(input);
  const transfer = await getTransferRow(authorized, transferId);
  requireOpen(transfer, ctx.clock.now());
  const run = await getRun({ workspaceId: authorized.workspaceId, transferId, wave });
  if (run.state !== "failed") throw new RunNotFailed();
  const next = await beginNextTry(run, ctx.clock.now().toISOString());
  if (!next) throw new TransferChanged();
  await startExecution(next);
  return { tries: next.tries };
}
