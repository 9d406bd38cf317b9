/** How a container's work stays in touch: it says that something moves, and is told when to stop. */
export type TaskWatch = {
  /** A sign of life; heartbeats go out as long as there are any. */
  moved(): void;
  /** Aborted when nobody waits for the result any more, or when the container is being stopped. */
  signal: AbortSignal;
};

/** For callers that don't watch. */
export const unwatched: TaskWatch = { moved: () => {}, signal: new AbortController().signal };
