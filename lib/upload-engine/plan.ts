/** S3's own limits, as the protocol has them; kept apart from its schemas so that the page needs no parser. Sizes in bytes. */
const MAX_PARTS = 10_000;
const MAX_PART_SIZE = 5 * 1024 ** 3;
export const MAX_FILE_SIZE = MAX_PARTS * MAX_PART_SIZE;

const MIB = 1024 ** 2;
const FIRST_PART_SIZE = 16 * MIB;

export type Plan = { partSize: number; partCount: number };

/** A larger part costs more to send again; a file is cut into enough parts for all connections, so that none waits long. */
const LARGEST_FOR_SPEED = 256 * MIB;
const LEAST_PARTS = 24;
const SECONDS_A_PART = 15;

/**
 * How a file of `size` bytes is cut: parts of 16 MiB, larger ones where a connection is so fast (`speed`, bytes a second,
 * 0 while unknown) that they take 15 s, or (in whole MiB) where 10,000 would not hold the file.
 * A file of one part, an empty one too, travels as a single PUT. Throws RangeError beyond S3's limit of 48.8 TiB.
 */
export function planParts(size: number, speed = 0): Plan {
  if (!Number.isSafeInteger(size) || size < 0 || size > MAX_FILE_SIZE) {
    throw new RangeError(`A file has between 0 and ${MAX_FILE_SIZE} bytes, not ${size}.`);
  }
  const needed = Math.ceil(size / MAX_PARTS / MIB) * MIB;
  const partSize = Math.max(FIRST_PART_SIZE, needed, speedPart(size, speed));
  return { partSize, partCount: countParts(size, partSize) };
}

/** A power of two, so that a speed that wavers a little plans alike. */
function speedPart(size: number, speed: number): number {
  const wished = Math.min(speed * SECONDS_A_PART, size / LEAST_PARTS, LARGEST_FOR_SPEED);
  return wished < FIRST_PART_SIZE ? 0 : 2 ** Math.floor(Math.log2(wished));
}

/** Parts of a file, at least one; sizes in bytes. */
export const countParts = (size: number, partSize: number): number => Math.max(1, Math.ceil(size / partSize));

/** Bytes `start` (included) to `end` (excluded) of part `part`, counted from 1. */
export function partRange(plan: Plan, size: number, part: number): { start: number; end: number } {
  const start = (part - 1) * plan.partSize;
  return { start, end: Math.min(size, start + plan.partSize) };
}
