import type { Ctx } from "#lib/kernel/ctx.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import type { StepState } from "./run.schema.ts";
import { beginStep, endStep, type StepOf, stepAt, stepProgress } from "./step.store.ts";

/** A step's row is written once a second at most. */
const EVERY_MS = 1000;
const UNKNOWN = "This step stopped unexpectedly.";

export type Progress = {
  /** One file more is done. */
  done(): void;
  /** Work on this file begins: should it end the process, the next try knows. */
  at(ordinal: number): Promise<void>;
  /** Files during which earlier tries ended the process, once for each time. */
  blamed: readonly number[];
};

type Outcome<T> = { value: T; outcome: Exclude<StepState, "running" | "failed">; message?: string };

/** Does the work of a step of which people watch the progress: its row says since when, how far, and how it ended. */
export async function runStep<T>(
  ctx: Ctx,
  step: StepOf,
  total: number,
  work: (progress: Progress) => Promise<Outcome<T>>,
): Promise<T> {
  let done = 0;
  let written = 0;
  let writing: Promise<void> | undefined;
  let failure: unknown;
  const write = () => {
    if (writing || done === written) return;
    const now = done;
    writing = stepProgress(step, { done: now, total })
      .then(() => {
        written = now;
      })
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        writing = undefined;
      });
  };
  const earlier = await beginStep(step, ctx.clock.now());
  const timer = setInterval(write, EVERY_MS);
  const settle = async () => {
    clearInterval(timer);
    await writing;
    write();
    await writing;
  };
  try {
    const { value, outcome, message } = await work({
      done: () => void done++,
      at: (ordinal) => stepAt(step, ordinal),
      ...earlier,
    });
    await settle();
    if (failure) throw failure;
    await endStep(step, { outcome, message }, ctx.clock.now());
    return value;
  } catch (error) {
    await settle();
    const message = error instanceof VisibleError ? error.message : UNKNOWN;
    await endStep(step, { outcome: "failed", message }, ctx.clock.now());
    throw error;
  }
}
