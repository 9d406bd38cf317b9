/** S3's own limits, as the protocol has them; kept apart from its schemas so that the page needs no parser. Sizes in bytes. */
const MAX_PARTS = 10_000;
const MAX_PART_SIZE = 5 * 1024 ** 3;
export const MAX_FILE_SIZE = MAX_PARTS * MAX_PART_SIZE;

const MIB = 1024 ** 2;
/** S3 takes none smaller, but the last of a file. */
const SMALLEST = 5 * MIB;

/** Of a large file, while the speed is unknown: each part is signed, and that costs about 300 bytes. */
const FIRST_OF_LARGE = 8 * MIB;
const LARGE = 64 * MIB;

export type Plan = { partSize: number; partCount: number };

/** A larger part costs more to send again; a file is cut into enough parts for all connections, so that none waits long. */
const LARGEST_FOR_SPEED = 256 * MIB;
const LEAST_PARTS = 24;
/** What breaks off is sent again, so no part takes long. A line that turns out half as fast still stays below 15 s. */
const SECONDS_A_PART = 8;
/** Up to this size a file that the line carries as quickly is one part: that spares the app and S3 two calls. */
const LARGEST_SINGLE = 16 * MIB;

/**
 * How a file of `size` bytes is cut: parts of 5 MiB (8 in a large one), larger ones where a connection is so fast (`speed`, bytes a second,
 * 0 while unknown) that they take 8 s, or (in whole MiB) where 10,000 would not hold the file.
 * A file of one part, an empty one too, travels as a single PUT. Throws RangeError beyond S3's limit of 48.8 TiB.
 */
export function planParts(size: number, speed = 0): Plan {
  if (!Number.isSafeInteger(size) || size < 0 || size > MAX_FILE_SIZE) {
    throw new RangeError(`A file has between 0 and ${MAX_FILE_SIZE} bytes, not ${size}.`);
  }
  if (speed > 0 && size <= Math.min(LARGEST_SINGLE, speed * SECONDS_A_PART))
    return { partSize: LARGEST_SINGLE, partCount: 1 };
  const needed = Math.ceil(size / MAX_PARTS / MIB) * MIB;
  const first = speed === 0 && size > LARGE ? FIRST_OF_LARGE : SMALLEST;
  const partSize = Math.max(first, needed, speedPart(size, speed));
  return { partSize, partCount: countParts(size, partSize) };
}

/** A power of two, so that a speed that wavers a little plans alike. */
function speedPart(size: number, speed: number): number {
  const wished = Math.min(speed * SECONDS_A_PART, size / LEAST_PARTS, LARGEST_FOR_SPEED);
  return wished < SMALLEST ? 0 : 2 ** Math.floor(Math.log2(wished));
}

/** Parts of a file, at least one; sizes in bytes. */
export const countParts = (size: number, partSize: number): number => Math.max(1, Math.ceil(size / partSize));

/** Bytes `start` (included) to `end` (excluded) of part `part`, counted from 1. */
export function partRange(plan: Plan, size: number, part: number): { start: number; end: number } {
  const start = (part - 1) * plan.partSize;
  return { start, end: Math.min(size, start + plan.partSize) };
}
