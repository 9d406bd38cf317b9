import { requireSystem } from "#lib/auth/permissions.ts";
import { noteFile } from "#lib/files/file.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { isTranscoded, PREVIEW_STATES, TRANSCODE_STATE } from "#lib/kernel/file-kind.ts";
import { isInRun } from "#lib/kernel/file-states.ts";
import { executionName } from "./execution.store.ts";
import { filesOfBatch } from "./files-of-run.ts";
import { reconcileTransfer } from "./reconcile-transfer.ts";
import { FailureInput } from "./run.schema.ts";
import { endRun, getRun, type RunRow } from "./run.store.ts";
import { endStep, listStepRows } from "./step.store.ts";

const TOOK_TOO_LONG = "It took too long, and was given up.";
const STOPPED = "It stopped unexpectedly.";

/**
 * Records for people that a step failed: the step's own sentence, or else what happened to it. After a failed preview
 * the run continues. Otherwise the run has failed: its files stay closed, it can be started again, and files that
 * arrived meanwhile get another run. A failure of an earlier try changes nothing.
 */
export async function noteFailure(ctx: Ctx, input: FailureInput): Promise<object> {
  const grant = requireSystem(ctx);
  const failure = { ...FailureInput.parse(input), ...grant };
  const run = await getRun(failure);
  if (failure.execution !== executionName(run)) return {};
  const now = ctx.clock.now();
  const why =
    failure.error.Error === "States.Timeout" || failure.error.Error === "States.HeartbeatTimeout"
      ? TOOK_TOO_LONG
      : STOPPED;
  const { workspaceId, transferId, wave } = failure;
  const steps = await listStepRows(run);
  const isMeant = ({ batched, batch }: { batched: boolean; batch: number }) =>
    failure.batch === undefined || (batched && batch === failure.batch);
  for (const step of steps) {
    // Its process ended before it could write a sentence.
    if (step.outcome !== "running" || !isMeant(step)) continue;
    await endStep(
      { workspaceId, transferId, wave, ...(step.batched ? { batch: step.batch } : {}), state: step.state },
      { outcome: "failed", message: why },
      now,
    );
  }
  if (failure.failed !== "Run") {
    if (failure.batch !== undefined) await noteMissingPreviews(run, failure.batch);
    return {};
  }
  const failed = (await listStepRows(run)).find(({ outcome, state }) => outcome === "failed" && !PREVIEWS.has(state));
  const message = failed ? `${failed.state}: ${failed.message ?? why}` : why;
  await endRun(run, { state: "failed", finishedAt: now.toISOString(), message });
  await reconcileTransfer(ctx, { transferId, token: failure.execution });
  return {};
}

const NO_PREVIEW = "No preview of this file could be made; it can be downloaded as it is.";

/** Each file of a failed batch gets a notice, unless it has a preview or a notice already. */
async function noteMissingPreviews(run: RunRow, batch: number): Promise<void> {
  for (const file of await filesOfBatch(run, batch)) {
    const lacks = isTranscoded(file.kind) ? !file.renditions?.length : !file.renditions && !file.facts;
    if (lacks && !file.notice && isInRun(file.state)) await noteFile(file, { notice: NO_PREVIEW });
  }
}

/** States after which a run continues, whether or not they succeeded. */
const PREVIEWS = new Set<string>([...PREVIEW_STATES, TRANSCODE_STATE]);
