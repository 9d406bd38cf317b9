/** Time as the engines see it. Tests pass a clock that they move themselves. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `work` once, at that time or soon after. Returns a function that cancels the call. */
  wake(at: number, work: () => void): () => void;
};

/** Longer waits are split: timers have a maximum, and stop while a laptop sleeps. */
const MAX_MS = 60_000;

export const systemClock: Clock = {
  now: Date.now,
  wake(at, work) {
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const left = at - Date.now();
      timer = left > 0 ? setTimeout(wait, Math.min(left, MAX_MS)) : setTimeout(work, 0);
    };
    wait();
    return () => clearTimeout(timer);
  },
};
