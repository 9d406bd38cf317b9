/** Failures in the words of the States Language: a name that Retry and Catch are matched with, and a cause in prose. */
export type Failure = {
  error: string;
  cause?: string;
  /** A task fell silent. Named States.Timeout on AWS too, but States.HeartbeatTimeout matches it as well. */
  silent?: boolean;
};

/** Thrown while a state is worked on; what becomes of it is for the state's Retry and Catch to say. */
export class StateFailure extends Error {
  readonly failure: Failure;
  constructor(error: string, cause?: string) {
    super(cause ?? error);
    this.failure = { error, ...(cause === undefined ? {} : { cause }) };
  }
}

/** The definition and its data do not fit together: never retried, never caught ("States.Runtime" in the guide). */
export const runtimeFailure = (cause: string): StateFailure => new StateFailure("States.Runtime", cause);

/** "Payload size" in the quotas: input and output of a state, and what is handed to and comes from a task. */
export const MAX_PAYLOAD_BYTES = 262_144;

/** Throws States.DataLimitExceeded for what is too large to travel between states. */
export function requireSize(what: string, value: unknown): void {
  if (Buffer.byteLength(JSON.stringify(value)) <= MAX_PAYLOAD_BYTES) return;
  throw new StateFailure(
    "States.DataLimitExceeded",
    `${what} has a size exceeding the maximum number of bytes service limit.`,
  );
}

const TERMINAL = new Set(["States.Runtime", "States.DataLimitExceeded"]);

/** Whether names of a Retry or Catch mean this failure ("Error names" in the developer guide). */
export function matches(names: readonly string[], { error, silent }: Failure): boolean {
  return names.some((name) => {
    if (name === "States.ALL") return !TERMINAL.has(error);
    if (name === "States.TaskFailed") return error !== "States.Timeout" && !TERMINAL.has(error);
    return name === error || (name === "States.HeartbeatTimeout" && silent === true);
  });
}
