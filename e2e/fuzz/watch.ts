/** What a case costs the process in which it runs. */

const TICK_MS = 5;

const USUAL_MS = 100;

/**
 * This machine against the one on which the bounds were set: 1, or more where it is slower. `work`: a thread's own work;
 * `clock`: with all that others do on it meanwhile.
 */
export function slowness(): { work: number; clock: number } {
  const from = process.threadCpuUsage();
  const started = performance.now();
  let sum = 0;
  for (let round = 0; round < 2e7; round++) sum = (sum + round * 7) % 1_000_003;
  const { user, system } = process.threadCpuUsage(from);
  if (sum < 0) throw new Error("Sums of positive numbers are positive.");
  const times = (ms: number) => Math.max(1, ms / USUAL_MS);
  return { work: times((user + system) / 1000), clock: times(performance.now() - started) };
}

/**
 * The longest that nothing else could run in this thread: its own work between two ticks of a timer, in milliseconds of
 * the processor, so that other programs don't count.
 */
export async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = process.threadCpuUsage();
  const look = () => {
    const { user, system } = process.threadCpuUsage(last);
    longest = Math.max(longest, (user + system) / 1000);
    last = process.threadCpuUsage();
  };
  const ticking = setInterval(look, TICK_MS);
  try {
    await work();
  } finally {
    clearInterval(ticking);
    look();
  }
  return longest;
}

/** The most memory that this process has ever had, in MiB. */
export const peakMib = (): number => process.resourceUsage().maxRSS / 1024;
