const MAX_MS = 3600_000;

export type Timer = {
  /** Calls at that time (milliseconds since 1970), in place of any earlier order; undefined takes the order back. */
  set(at: number | undefined): void;
};

/** One timer for the next due time. Long waits are cut, since a timer has a limit and stands still while a laptop sleeps. */
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
