/** What work cost: processor time in milliseconds, which other programs don't change, and MiB of memory at its peak. */
export type Measured<R> = { result: R; cpuMs: number; grownMib: number };

export async function measure<R>(work: () => Promise<R>): Promise<Measured<R>> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const looking = setInterval(look, 10);
  const from = process.cpuUsage();
  try {
    const result = await work();
    look();
    const { user, system } = process.cpuUsage(from);
    return { result, cpuMs: (user + system) / 1000, grownMib: (peak - before) / 2 ** 20 };
  } finally {
    clearInterval(looking);
  }
}

/** For `assert.rejects`: what is the file's own fault, in this sentence. */
export const unpreviewable = (message: string | RegExp) => ({ name: "Unpreviewable", message });
