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

/** What the state machine hands to every step: which run, and which state. */
export const StepInput = RunRef.extend({ state: z.string() });
export type StepInput = z.infer<typeof StepInput>;

/** Batches are of one kind, of 100 files at most; which files, the run's row knows. */
export const BATCH_FILES = 100;
export const BatchInput = StepInput.extend({ batch: z.number().int().nonnegative(), kind: z.enum(FILE_KINDS) });
export type BatchInput = z.infer<typeof BatchInput>;

/** Of a step that gave up, in the state machine's own words: `Error` and `Cause`. */
export const FailureInput = StepInput.extend({
  /** Name of the execution: which try of the run it was. */
  execution: z.string(),
  failed: z.string(),
  batch: z.number().int().nonnegative().optional(),
  error: z.object({ Error: z.string(), Cause: z.string().optional() }),
});
export type FailureInput = z.infer<typeof FailureInput>;

/** What `check` answers. It is kept in the execution's state, so it has to stay small. */
export type RunPlan = {
  policy: ScanPolicy;
  batches: { batch: number; kind: FileKind }[];
  files: number;
  /** Of the scan's container, for the broker. */
  ticket: string;
};

export const RunState = z.enum(["running", "succeeded", "failed"]);
export type RunState = z.infer<typeof RunState>;
export const StepState = z.enum(["running", "succeeded", "skipped", "failed"]);
export type StepState = z.infer<typeof StepState>;

/** What a step writes of itself, for those who look. Times are ISO 8601 in UTC. */
export type StepView = {
  /** Its name in the definition of the state machine. */
  state: string;
  /** Of a step that runs once for each batch. */
  batch?: number;
  outcome: StepState;
  /** Tries so far, the present one included. */
  attempts: number;
  startedAt: string;
  finishedAt?: string;
  /** Files it is done with, of how many. */
  done?: number;
  total?: number;
  /** One sentence for a person: what went wrong, or why it was skipped. */
  message?: string;
  /** Of a state that runs once for each batch, summed up: the step then stands for all of them. */
  batches?: BatchCounts;
  /** Its batches one by one: all if they are few, else those that failed first, then those that run. */
  listed?: StepView[];
};

/** How many batches a state has, as far as is known, and how many came to which end. */
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
  /** Batches by the state that their kind leads to, once the run has planned them; a state that is not named gets none. */
  planned?: Record<string, number>;
  /** In the order in which they began; one for each state. */
  steps: StepView[];
};

/** `live`: only the runs that are under way or have just ended, for whoever knows the others already. */
export const GetRuns = z.object({ transferId: TransferId, scope: z.enum(["all", "live"]).default("all") });
export type GetRuns = z.input<typeof GetRuns>;

export type RunsView = {
  /** Newest first. */
  runs: RunView[];
  /** How the transfer stands by now, and its files: what all runs together have come to. */
  status: TransferStatus;
  numbers: FileNumbers;
  /** Whether looking again soon may show something new. */
  live: boolean;
  /** Runs before the oldest that is listed. */
  earlier: number;
  /** When this was read, by the server's clock. */
  at: string;
};

/** A run, as a person names it. */
export const RunOfTransfer = z.object({ transferId: z.string(), wave: z.number().int().positive() });
export type RunOfTransfer = z.infer<typeof RunOfTransfer>;
