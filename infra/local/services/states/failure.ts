/** Failures in the terms of the States Language: a name that Retry and Catch match, and a cause in prose. */
export type Failure = {
  error: string;
  cause?: string;
  /** A missed heartbeat. Named States.Timeout on AWS too, but States.HeartbeatTimeout matches it as well. */
  silent?: boolean;
};

/** Thrown while a state runs; the state's Retry and Catch handle it. */
export class StateFailure extends Error {
  readonly failure: Failure;
  constructor(error: string, cause?: string) {
    super(cause ?? error);
    this.failure = { error, ...(cause === undefined ? {} : { cause }) };
  }
}

/** The definition and its data do not fit together: never retried, never caught ("States.Runtime" in the guide). */
export const runtimeFailure = (cause: string): StateFailure => new StateFailure("States.Runtime", cause);

/** "Payload size" in the quotas: input and output of a state, and of a task. */
export const MAX_PAYLOAD_BYTES = 262_144;

/** Throws States.DataLimitExceeded for a payload that is too large. */
export function requireSize(what: string, value: unknown): void {
  if (Buffer.byteLength(JSON.stringify(value)) <= MAX_PAYLOAD_BYTES) return;
  throw new StateFailure(
    "States.DataLimitExceeded",
    `${what} has a size exceeding the maximum number of bytes service limit.`,
  );
}

const TERMINAL = new Set(["States.Runtime", "States.DataLimitExceeded"]);

/** Whether names of a Retry or Catch match this failure ("Error names" in the developer guide). */
export function matches(names: readonly string[], { error, silent }: Failure): boolean {
  return names.some((name) => {
    if (name === "States.ALL") return !TERMINAL.has(error);
    if (name === "States.TaskFailed") return error !== "States.Timeout" && !TERMINAL.has(error);
    return name === error || (name === "States.HeartbeatTimeout" && silent === true);
  });
}
