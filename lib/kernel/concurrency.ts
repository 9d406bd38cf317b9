/** As `Promise.all` over a map, with at most `limit` under way. The first failure ends it. */
export async function mapConcurrently<T, R>(items: T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/** Waits before another try after a conflict: at random up to a bound that grows, so that the writers do not meet again. */
export const pauseAfterConflict = (retries: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * (retries + 1)));
