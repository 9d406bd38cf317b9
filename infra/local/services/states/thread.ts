/** What the journal stores of an execution: its row, and a thread for the main flow and for each item of a Map. */

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** Times are milliseconds since 1970. */
export type Execution = {
  name: string;
  /** The version of the definition that it began with and keeps. */
  definition: string;
  status: ExecutionStatus;
  /** JSON as it was given. */
  input: string;
  output?: string | undefined;
  error?: string | undefined;
  cause?: string | undefined;
  startedAt: number;
  stoppedAt?: number | undefined;
  /** When the execution's TimeoutSeconds are over. */
  timeoutAt?: number | undefined;
  /** Steps executed, including retries and redrives: what is billed. */
  transitions: number;
  /** Transitions that are in the ledger. */
  billed: number;
  /** Events in its history. */
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
   * `task`: running or waiting for its token. `backoff`: until the next attempt. `map`: its items are running. `done`:
   * an item that ended. `stopped`: where a failed or aborted execution stopped.
   */
  phase: "ready" | "task" | "backoff" | "map" | "done" | "stopped";
  enteredAt: number;
  /** The previous event of this thread. */
  lastEvent: number;
  /** Retries, by the state's retriers. */
  retries: number[];
  /** Number of the event that began this attempt: a report about another attempt comes too late. */
  attempt: number;
  token?: string | undefined;
  /** ECS has accepted the task. */
  submitted?: boolean | undefined;
  timeoutAt?: number | undefined;
  heartbeatAt?: number | undefined;
  /** End of a backoff. */
  dueAt?: number | undefined;
  /** Items of a Map that were started. */
  begun?: number | undefined;
  /** Of an item that is done. */
  output?: Json | undefined;
};

export type HistoryEvent = {
  id: number;
  previous: number;
  at: number;
  type: string;
  /** Under the API's name: `taskFailedEventDetails`. */
  details: Record<string, unknown>;
};

/**
 * To be carried out once it is in the journal; carried out again after a crash, unless its result is in the journal.
 */
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
