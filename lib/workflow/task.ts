/**
 * The connection between a container's work and its state machine: the work reports progress, and learns when to stop.
 */
export type TaskWatch = {
  /** Reports progress. Heartbeats are sent as long as there is progress. */
  moved(): void;
  /** Aborted when nobody waits for the result any more, or when the container is being stopped. */
  signal: AbortSignal;
};

/** For callers without heartbeats. */
export const unwatched: TaskWatch = { moved: () => {}, signal: new AbortController().signal };
