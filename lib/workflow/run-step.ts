import type { Ctx } from "#lib/kernel/ctx.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import type { StepState } from "./run.schema.ts";
import { beginStep, type EarlierTries, endStep, type StepOf, stepAt, stepProgress } from "./step.store.ts";

/** A step's row is written at most once per second. */
const EVERY_MS = 1000;
const UNKNOWN = "This step stopped unexpectedly.";

export type Progress = {
  /** Number of files that the step processes. */
  total: number;
  /** One more file is finished. */
  done(): void;
  /** Work on this file begins. If it ends the process, the next try knows which file it was. */
  at(ordinal: number): Promise<void>;
  /** Files during which earlier tries ended the process, once for each time. */
  blamed: readonly number[];
};

type Outcome<T> = { value: T; outcome: Exclude<StepState, "running" | "failed">; message?: string };

/** Writes a step's row: directly, or through the broker for a container. */
export type StepWriter = {
  begin(): Promise<EarlierTries & { total: number }>;
  progress(progress: { done: number; total: number }): Promise<void>;
  at(ordinal: number): Promise<void>;
  end(end: { outcome: Exclude<StepState, "running">; message?: string }): Promise<void>;
};

/** Runs a step and writes its row for people who watch: when it began, how far it is, and how it ended. */
export const runStep = <T>(ctx: Ctx, step: StepOf, total: number, work: Work<T>): Promise<T> =>
  watchStep(
    {
      begin: async () => ({ ...(await beginStep(step, ctx.clock.now())), total }),
      progress: (progress) => stepProgress(step, progress),
      at: (ordinal) => stepAt(step, ordinal),
      end: (end) => endStep(step, end, ctx.clock.now()),
    },
    work,
  );

type Work<T> = (progress: Progress) => Promise<Outcome<T>>;

/** As `runStep`, with another way to write the row. */
export async function watchStep<T>(writer: StepWriter, work: Work<T>): Promise<T> {
  let done = 0;
  let written = 0;
  let writing: Promise<void> | undefined;
  let failure: unknown;
  const { total, ...earlier } = await writer.begin();
  const write = () => {
    if (writing || done === written) return;
    const now = done;
    writing = writer
      .progress({ done: now, total })
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
      at: (ordinal) => writer.at(ordinal),
      total,
      ...earlier,
    });
    await settle();
    if (failure) throw failure;
    await writer.end({ outcome, ...(message === undefined ? {} : { message }) });
    return value;
  } catch (error) {
    await settle();
    const message = error instanceof VisibleError ? error.message : UNKNOWN;
    await writer.end({ outcome: "failed", message });
    throw error;
  }
}
