import assert from "node:assert/strict";

/** Microseconds of processor time, so that other programs on the machine do not count. */
export async function cost(work: () => unknown): Promise<number> {
  const from = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(from);
  return user + system;
}

const TIMES = 8;
/** Linear time gives 8 and quadratic 64; the limit leaves room for measuring errors. */
const MOST = 28;
/** The fixed cost of a run: garbage collection, compilation. */
const FLOOR_US = 2000;
/** The fastest of these counts. */
const TRIES = 3;

/**
 * Asserts that eight times the input takes about eight times the work. `work` gets inputs of `size` and of `size * 8`
 * characters or bytes; making them is not counted.
 */
export async function requireLinear<T>(
  name: string,
  size: number,
  make: (size: number) => T,
  work: (input: T) => unknown,
): Promise<void> {
  const [small, large] = [make(size), make(size * TIMES)];
  await work(small);
  let once = await cost(() => work(small));
  let more = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries++) {
    more = Math.min(more, await cost(() => work(large)));
    if (more < MOST * (once + FLOOR_US)) return;
    once = Math.max(once, await cost(() => work(small)));
  }
  assert.fail(`${name}: ${more} after ${once} µs`);
}
