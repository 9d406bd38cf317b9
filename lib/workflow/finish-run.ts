import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { executionName } from "./execution.store.ts";
import { reconcileTransfer } from "./reconcile-transfer.ts";
import { restartFailed } from "./restart-failed.ts";
import { StepInput } from "./run.schema.ts";
import { endRun, getRun } from "./run.store.ts";
import { runStep } from "./run-step.ts";

/** Ends a run, and begins the next: one for files that arrived meanwhile, or else a failed one. */
export async function finishRun(ctx: Ctx, input: StepInput): Promise<object> {
  const grant = requireSystem(ctx);
  const step = { ...StepInput.parse(input), ...grant };
  const { transferId } = step;
  const run = await getRun(step);
  return await runStep(ctx, step, 1, async (progress) => {
    await endRun(run, { state: "succeeded", finishedAt: ctx.clock.now().toISOString() });
    await reconcileTransfer(ctx, { transferId, token: executionName(run) });
    // The cause of other failures may be gone as well.
    await restartFailed(ctx, { transferId });
    progress.done();
    return { value: {}, outcome: "succeeded" };
  });
}
