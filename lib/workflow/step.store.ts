import type { EntityItem } from "electrodb";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { RunRef, StepInput, StepState } from "./run.schema.ts";
import type { StepEntity } from "./step.entity.ts";
import { RunNotFound } from "./workflow.errors.ts";

export type StepRow = EntityItem<typeof StepEntity>;

export type StepOf = StepInput & { batch?: number | undefined };

const keyOf = ({ workspaceId, transferId, wave, state, batch }: StepOf) => ({
  workspaceId,
  transferId,
  wave,
  state,
  batch: batch ?? 0,
});

/** `blamed`: files during which earlier tries ended unexpectedly, once for each time. */
export type EarlierTries = { blamed: number[] };

/** Begins a step, or another try of it. */
export async function beginStep(input: StepOf, now: Date): Promise<EarlierTries> {
  const { step } = db().entities;
  const { data } = await step.get(keyOf(input)).go();
  const interrupted = data?.outcome === "running";
  const blamed = [...(data?.blamed ?? []), ...(interrupted && data.at !== undefined ? [data.at] : [])];
  await step
    .put({
      ...keyOf(input),
      batched: input.batch !== undefined,
      outcome: "running",
      attempts: (data?.attempts ?? 0) + 1,
      startedAt: data?.startedAt ?? now.toISOString(),
      ...(blamed.length > 0 ? { blamed } : {}),
    })
    .go();
  return { blamed };
}

/** Writes which file a step is working on, because the file may end the whole process. */
export async function stepAt(input: StepOf, ordinal: number): Promise<void> {
  await writeStep(input, { at: ordinal });
}

export async function stepProgress(input: StepOf, progress: { done: number; total: number }): Promise<void> {
  await writeStep(input, progress);
}

export async function endStep(
  input: StepOf,
  { outcome, message }: { outcome: StepState; message?: string | undefined },
  now: Date,
): Promise<void> {
  await writeStep(input, { outcome, finishedAt: now.toISOString(), ...(message === undefined ? {} : { message }) });
}

type StepChanges = {
  at?: number;
  done?: number;
  total?: number;
  outcome?: StepState;
  finishedAt?: string;
  message?: string;
};

/** A step that has begun has no row any more when its run was purged. */
async function writeStep(input: StepOf, changes: StepChanges): Promise<void> {
  const { step } = db().entities;
  if (!(await conditionHeld(() => step.patch(keyOf(input)).set(changes).go()))) throw new RunNotFound();
}

/** All rows of the steps of a run. */
export async function listStepRows({ workspaceId, transferId, wave }: RunRef): Promise<StepRow[]> {
  const { data } = await db().entities.step.query.inRun({ workspaceId, transferId, wave }).go({ pages: "all" });
  return data;
}
