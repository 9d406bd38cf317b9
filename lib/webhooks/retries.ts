/** Before each further attempt, in milliseconds: about 28 hours in all, as Standard Webhooks recommends. */
export const RETRY_MS = [
  5_000,
  5 * 60_000,
  30 * 60_000,
  2 * 3600_000,
  5 * 3600_000,
  10 * 3600_000,
  10 * 3600_000,
] as const;

/** So much earlier or later, so that receivers that were down are not called by all at once. */
const JITTER = 0.2;

/** How long to wait after so many failed attempts; undefined when that was the last. */
export function retryDelay(tries: number, random: () => number = Math.random): number | undefined {
  const delay = RETRY_MS[tries - 1];
  return delay === undefined ? undefined : Math.round(delay * (1 - JITTER + 2 * JITTER * random()));
}
