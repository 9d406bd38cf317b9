/** Time and randomness, as parameters so that tests can control them. `now` in milliseconds since 1970. */
export type Runtime = {
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Runs `work` once after `ms`. Returns a function that cancels it. */
  after(ms: number, run: () => void): () => void;
};

export const systemRuntime: Runtime = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Milliseconds before attempt `failures + 1`: doubling from half a second to 30 s, shortened at random by up to a half.
 */
export function backoff(failures: number, random: () => number): number {
  const ceiling = Math.min(30_000, 500 * 2 ** (failures - 1));
  return ceiling / 2 + (random() * ceiling) / 2;
}
