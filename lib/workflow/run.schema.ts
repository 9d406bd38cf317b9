import { z } from "zod";
import { TransferId } from "../files/file-ref.schema.ts";
import type { ScanPolicy } from "../kernel/choices.ts";
import { FILE_KINDS, type FileKind } from "../kernel/file-kind.ts";
import type { FileNumbers } from "../kernel/file-numbers.ts";
import type { TransferStatus } from "../kernel/transfer-status.ts";

/** One execution of the workflow: a wave of a transfer's files. */
export const RunRef = z.object({
  workspaceId: z.string(),
  transferId: z.string(),
  /** Counted from 1. */
  wave: z.number().int().positive(),
});
export type RunRef = z.infer<typeof RunRef>;

/** The state machine's input for every step: which run, and which state. */
export const StepInput = RunRef.extend({ state: z.string() });
export type StepInput = z.infer<typeof StepInput>;

/** A batch has files of one kind, at most 100; the run's row says which. */
export const BATCH_FILES = 100;
export const BatchInput = StepInput.extend({ batch: z.number().int().nonnegative(), kind: z.enum(FILE_KINDS) });
export type BatchInput = z.infer<typeof BatchInput>;

/** For a step that failed: the state machine's `Error` and `Cause`. */
export const FailureInput = StepInput.extend({
  /** Name of the execution, which tells the try of the run. */
  execution: z.string(),
  failed: z.string(),
  batch: z.number().int().nonnegative().optional(),
  error: z.object({ Error: z.string(), Cause: z.string().optional() }),
});
export type FailureInput = z.infer<typeof FailureInput>;

/** The answer of `check`. It is kept in the execution's state, so it must be small. */
export type RunPlan = {
  policy: ScanPolicy;
  batches: { batch: number; kind: FileKind }[];
  files: number;
  /** The scan container's ticket for the broker. */
  ticket: string;
};

export const RunState = z.enum(["running", "succeeded", "failed"]);
export type RunState = z.infer<typeof RunState>;
export const StepState = z.enum(["running", "succeeded", "skipped", "failed"]);
export type StepState = z.infer<typeof StepState>;

/** A step's progress, for people who watch. Times are ISO 8601 in UTC. */
export type StepView = {
  /** Its name in the definition of the state machine. */
  state: string;
  /** For a step that runs once for each batch. */
  batch?: number;
  outcome: StepState;
  /** Tries so far, including the current one. */
  attempts: number;
  startedAt: string;
  finishedAt?: string;
  /** Finished files, and their total. */
  done?: number;
  total?: number;
  /** One sentence for a person: what went wrong, or why the step was skipped. */
  message?: string;
  /** For a state that runs once for each batch: the step is the sum of all of them. */
  batches?: BatchCounts;
  /** Its batches one by one: all if they are few, otherwise failed ones first, then running ones. */
  listed?: StepView[];
};

/** How many batches a state has, as far as is known, and how many of them ended in which way. */
export type BatchCounts = { total: number } & Record<StepState, number>;

export type RunView = {
  wave: number;
  state: RunState;
  files: number;
  policy: ScanPolicy;
  startedAt: string;
  finishedAt?: string;
  /** Why it failed, in a sentence. */
  message?: string;
  /**
   * Number of batches by the state that their kind leads to, once the run has planned them; a state without an entry
   * gets none.
   */
  planned?: Record<string, number>;
  /** In the order in which they began; one for each state. */
  steps: StepView[];
};

/** `live`: only runs that are under way or have just ended, for a page that has the others already. */
export const GetRuns = z.object({ transferId: TransferId, scope: z.enum(["all", "live"]).default("all") });
export type GetRuns = z.input<typeof GetRuns>;

export type RunsView = {
  /** Newest first. */
  runs: RunView[];
  /** The transfer's status and its files now, after all runs. */
  status: TransferStatus;
  numbers: FileNumbers;
  /** Whether polling again soon may show something new. */
  live: boolean;
  /** Number of runs before the oldest one that is listed. */
  earlier: number;
  /** When this was read, by the server's clock. */
  at: string;
};

/** A run, as a request names it. */
export const RunOfTransfer = z.object({ transferId: z.string(), wave: z.number().int().positive() });
export type RunOfTransfer = z.infer<typeof RunOfTransfer>;
