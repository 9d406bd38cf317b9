const MAX_MS = 3600_000;

export type Timer = {
  /** Calls at that time (milliseconds since 1970), instead of any time set before; undefined cancels. */
  set(at: number | undefined): void;
};

/**
 * One timer for the next due time. Long waits are split, because timers have a maximum and stop while a laptop sleeps.
 */
export function createTimer(work: () => void): Timer {
  let timer: NodeJS.Timeout | undefined;
  const wait = (at: number): void => {
    const left = at - Date.now();
    timer = left > MAX_MS ? setTimeout(wait, MAX_MS, at) : setTimeout(work, Math.max(0, left));
  };
  return {
    set(at) {
      clearTimeout(timer);
      if (at !== undefined) wait(at);
    },
  };
}
