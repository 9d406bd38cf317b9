/** What the journal keeps of an execution: its row, and a thread for the main flow and for each item of a Map. */

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** Times are milliseconds since 1970. */
export type Execution = {
  name: string;
  /** Names the definition it began with, which it keeps. */
  definition: string;
  status: ExecutionStatus;
  /** JSON as it was given. */
  input: string;
  output?: string | undefined;
  error?: string | undefined;
  cause?: string | undefined;
  startedAt: number;
  stoppedAt?: number | undefined;
  /** When TimeoutSeconds of the whole runs out. */
  timeoutAt?: number | undefined;
  /** Steps executed, tries after the first and redrives included: what is billed. */
  transitions: number;
  /** Transitions that are in the ledger. */
  billed: number;
  /** Entries of its history. */
  events: number;
  redrives: number;
  redrivenAt?: number | undefined;
};

export type Thread = {
  /** Empty for the main flow; `3` for the fourth item of its Map, `3/0` for the first item of a Map in that. */
  path: string;
  state: string;
  input: Json;
  /**
   * `task`: under way or waiting for its token. `backoff`: until the next try. `map`: its items are worked on.
   * `done`: an item that ended. `stopped`: where a failed or aborted execution stood still.
   */
  phase: "ready" | "task" | "backoff" | "map" | "done" | "stopped";
  enteredAt: number;
  /** The event before the next of this thread. */
  lastEvent: number;
  /** Tries after the first, by the state's retriers. */
  retries: number[];
  /** Number of the event that began this try: a report about another try comes too late. */
  attempt: number;
  token?: string | undefined;
  /** ECS has taken the task. */
  submitted?: boolean | undefined;
  timeoutAt?: number | undefined;
  heartbeatAt?: number | undefined;
  /** End of a backoff. */
  dueAt?: number | undefined;
  /** Items of a Map that were begun. */
  begun?: number | undefined;
  /** Of an item that is done. */
  output?: Json | undefined;
};

export type HistoryEvent = {
  id: number;
  previous: number;
  at: number;
  type: string;
  /** Under the name that the API gives it: `taskFailedEventDetails`. */
  details: Record<string, unknown>;
};

/** To be done once the journal has it; done again after a crash, unless its answer is in the journal. */
export type Effect = { path: string; attempt: number } & (
  | { kind: "invoke"; functionArn: string; payload: Json }
  | { kind: "runTask"; parameters: Json }
);

/** What one step changed; written in one transaction. */
export type Changes = {
  threads: Thread[];
  removed: string[];
  events: HistoryEvent[];
  opened: Thread[];
  closed: string[];
};

/** The earliest time at which something is due for a thread. */
export function deadlineOf({ phase, dueAt, timeoutAt, heartbeatAt }: Thread): number | undefined {
  const times = phase === "backoff" ? [dueAt] : phase === "task" ? [timeoutAt, heartbeatAt] : [];
  const given = times.filter((time) => time !== undefined);
  return given.length > 0 ? Math.min(...given) : undefined;
}

export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
export const indexOf = (path: string): number => Number(path.slice(path.lastIndexOf("/") + 1));

import type { Json } from "../../core/json.ts";
