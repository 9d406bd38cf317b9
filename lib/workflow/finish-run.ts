import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { endWave } from "#lib/transfers/tending.store.ts";
import { StepInput } from "./run.schema.ts";
import { getRun, updateRun } from "./run.store.ts";
import { runStep } from "./run-step.ts";
import { tendTransfer } from "./tend-transfer.ts";

/** Ends a run, and begins the next for what has arrived meanwhile. */
export async function finishRun(ctx: Ctx, input: StepInput): Promise<object> {
  const grant = requireSystem(ctx);
  const step = { ...StepInput.parse(input), ...grant };
  const { workspaceId, transferId, wave } = step;
  return await runStep(ctx, step, 1, async (progress) => {
    const run = await getRun(step);
    if (run.state === "running")
      await updateRun(run, { state: "succeeded", finishedAt: ctx.clock.now().toISOString() });
    await endWave({ workspaceId, id: transferId }, wave);
    await tendTransfer(ctx, { transferId, token: `run-${wave}-${run.tries}` });
    progress.done();
    return { value: {}, outcome: "succeeded" };
  });
}
