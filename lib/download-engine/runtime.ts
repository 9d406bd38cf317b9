/** What the engine needs of its surroundings; tests bring their own. */
export type Runtime = {
  fetch: typeof fetch;
  /** Milliseconds of a clock that only goes forward. */
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
      // The network is back: no need to wait any longer.
      globalThis.addEventListener?.("online", finish, { once: true });
    }),
  random: () => Math.random(),
};
