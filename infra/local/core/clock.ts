/** Time as the engines see it; tests bring one that they move themselves. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once, at that time or soon after; the answer takes the order back. */
  wake(at: number, work: () => void): () => void;
};

/** Longer waits are cut: timers have a limit, and stand still while a laptop sleeps. */
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
