/**
 * S3's own limits, as the protocol has them; not imported from its schemas, so that the page needs no schema parser.
 * Sizes in bytes.
 */
const MAX_PARTS = 10_000;
const MAX_PART_SIZE = 5 * 1024 ** 3;
export const MAX_FILE_SIZE = MAX_PARTS * MAX_PART_SIZE;

const MIB = 1024 ** 2;
/** S3 accepts no smaller part, except the last one of a file. */
const MIN_PART_SIZE = 5 * MIB;

/** For a large file while the speed is unknown: each part must be signed, which costs about 300 bytes. */
const LARGE_FILE_PART_SIZE = 8 * MIB;
const LARGE_FILE_SIZE = 64 * MIB;

export type Plan = { partSize: number; partCount: number };

/**
 * A larger part costs more to send again. A file has enough parts for all connections, so that none is idle for long.
 */
const MAX_FAST_PART_SIZE = 256 * MIB;
const MIN_PARTS_WHEN_FAST = 24;
/**
 * An interrupted part is sent again, so no part should take long. If the line is half as fast as measured, a part still
 * takes less than 15 s.
 */
const MAX_SECONDS_PER_PART = 8;
/** Up to this size a file that the line carries in that time is one part, which saves the app and S3 two calls. */
const MAX_SINGLE_PUT_SIZE = 16 * MIB;

/**
 * How a file of `size` bytes is divided. Parts have 5 MiB (8 MiB in a large file). On a fast connection (`speed` in
 * bytes per second, 0 while unknown) they are larger, so that each takes up to 8 s. If 10,000 parts would not be
 * enough, they grow by whole MiB. A file of one part, also an empty one, is sent as a single PUT. Throws RangeError
 * beyond S3's limit of 48.8 TiB.
 */
export function planParts(size: number, speed = 0): Plan {
  if (!Number.isSafeInteger(size) || size < 0 || size > MAX_FILE_SIZE) {
    throw new RangeError(`A file has between 0 and ${MAX_FILE_SIZE} bytes, not ${size}.`);
  }
  if (speed > 0 && size <= Math.min(MAX_SINGLE_PUT_SIZE, speed * MAX_SECONDS_PER_PART))
    return { partSize: MAX_SINGLE_PUT_SIZE, partCount: 1 };
  const minForCount = Math.ceil(size / MAX_PARTS / MIB) * MIB;
  const minimum = speed === 0 && size > LARGE_FILE_SIZE ? LARGE_FILE_PART_SIZE : MIN_PART_SIZE;
  const partSize = Math.max(minimum, minForCount, partSizeForSpeed(size, speed));
  return { partSize, partCount: countParts(size, partSize) };
}

/** A power of two, so that small changes of the speed give the same result. */
function partSizeForSpeed(size: number, speed: number): number {
  const desired = Math.min(speed * MAX_SECONDS_PER_PART, size / MIN_PARTS_WHEN_FAST, MAX_FAST_PART_SIZE);
  return desired < MIN_PART_SIZE ? 0 : 2 ** Math.floor(Math.log2(desired));
}

/** Number of parts of a file, at least one; sizes in bytes. */
export const countParts = (size: number, partSize: number): number => Math.max(1, Math.ceil(size / partSize));

/** Bytes `start` (included) to `end` (excluded) of part `part`, counted from 1. */
export function partRange(plan: Plan, size: number, part: number): { start: number; end: number } {
  const start = (part - 1) * plan.partSize;
  return { start, end: Math.min(size, start + plan.partSize) };
}
