/** Time and chance, handed in so that tests can stand at any moment. `now` in milliseconds since 1970. */
export type Runtime = {
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Runs once after `ms`; the function that comes back calls it off. */
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

/** Milliseconds before attempt `failures + 1`: doubling from half a second to 30 s, of which a random half is taken off. */
export function backoff(failures: number, random: () => number): number {
  const ceiling = Math.min(30_000, 500 * 2 ** (failures - 1));
  return ceiling / 2 + (random() * ceiling) / 2;
}
