/** What the engine needs of its platform; tests pass their own. */
export type Runtime = {
  fetch: typeof fetch;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  random(): number;
};

export const browserRuntime: Runtime = {
  fetch: (input, init) => globalThis.fetch(input, init),
  now: () => performance.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        globalThis.removeEventListener?.("online", finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal?.addEventListener("abort", finish, { once: true });
      // The network is back: the wait ends.
      globalThis.addEventListener?.("online", finish, { once: true });
    }),
  random: () => Math.random(),
};
