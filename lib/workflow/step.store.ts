import type { EntityItem } from "electrodb";
import { db } from "#lib/db/service.ts";
import type { RunRef, StepInput, StepState } from "./run.schema.ts";
import type { StepEntity } from "./step.entity.ts";

export type StepRow = EntityItem<typeof StepEntity>;

export type StepOf = StepInput & { batch?: number };

const keyOf = ({ workspaceId, transferId, wave, state, batch }: StepOf) => ({
  workspaceId,
  transferId,
  wave,
  state,
  batch: batch ?? 0,
});

/** Begins a step, or another try of it. */
export async function beginStep(input: StepOf, now: Date): Promise<void> {
  const { step } = db().entities;
  const { data } = await step.get(keyOf(input)).go();
  await step
    .put({
      ...keyOf(input),
      batched: input.batch !== undefined,
      outcome: "running",
      attempts: (data?.attempts ?? 0) + 1,
      startedAt: data?.startedAt ?? now.toISOString(),
    })
    .go();
}

export async function stepProgress(input: StepOf, progress: { done: number; total: number }): Promise<void> {
  await db().entities.step.patch(keyOf(input)).set(progress).go();
}

export async function endStep(
  input: StepOf,
  { outcome, message }: { outcome: StepState; message?: string | undefined },
  now: Date,
): Promise<void> {
  await db()
    .entities.step.patch(keyOf(input))
    .set({ outcome, finishedAt: now.toISOString(), ...(message === undefined ? {} : { message }) })
    .go();
}

/** All that the steps of a run have said of themselves. */
export async function listStepRows({ workspaceId, transferId, wave }: RunRef): Promise<StepRow[]> {
  const { data } = await db().entities.step.query.inRun({ workspaceId, transferId, wave }).go({ pages: "all" });
  return data;
}
