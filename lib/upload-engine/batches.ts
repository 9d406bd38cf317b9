import type { ReserveFile } from "../files/upload-protocol.schema.ts";

/** The protocol's limits for one call; the signing limit is ours, so that the server answers within 50 ms. */
export const RESERVE_FILES = 500;
const RESERVE_BYTES = 200 * 1024;
export const SIGN_PARTS = 64;
export const COMPLETE_FILES = 100;
export const CANCEL_FILES = 500;

/** Room in a reservation's body for everything but its files. */
const ENVELOPE = 256;
const encoder = new TextEncoder();

/** How many of `files`, from the first on, travel in one reservation: 500 at most, and less than 200 KiB of JSON. */
export function reserveCount(files: readonly ReserveFile[]): number {
  let bytes = ENVELOPE;
  let count = 0;
  for (const file of files.slice(0, RESERVE_FILES)) {
    bytes += encoder.encode(JSON.stringify(file)).length + 1;
    if (bytes > RESERVE_BYTES && count > 0) break;
    count++;
  }
  return count;
}

const UNIT = 16 * 1024 ** 2;
const SMALLEST_PART = 5 * 1024 ** 2;
/** A part's weight against the traffic that a call may make: one for 16 MiB, by its size for any other; a small file as one. */
const units = (size: number): number => (size < SMALLEST_PART ? 1 : size / UNIT);

/** The least that a call signs while more is being hashed, in units: little at first, so that bytes start to flow. */
const LEAST = [1, 3, 8, 16];

export type SignMoment = {
  /** Sizes in bytes of the parts that wait for a signature, in order. */
  waiting: readonly number[];
  /** True while the hasher will bring more parts without anything else having to happen first. */
  moreComing: boolean;
  /** Signed parts that wait for a connection. */
  ready: number;
  connections: number;
  /** Calls made since the pipeline last ran empty. */
  calls: number;
  /** Bytes a second, 0 while unknown; and the seconds for which signatures hold. */
  speed: number;
  expiresIn: number;
};

/**
 * How many of the waiting parts to sign now; 0 is to wait. Signs before connections run dry, in batches large enough to
 * keep the traffic of the calls under 64 KiB per GiB, and no more than can be sent in half of the signatures' life.
 */
export function signCount(moment: SignMoment): number {
  const { waiting, ready, connections } = moment;
  if (waiting.length === 0 || ready >= 2 * connections) return 0;
  const weight = waiting.reduce((sum, size) => sum + units(size), 0);
  const least = LEAST[Math.min(moment.calls, LEAST.length - 1)] ?? 1;
  if (moment.moreComing && weight < least && waiting.length < SIGN_PARTS) return 0;
  const budget = moment.speed > 0 ? (moment.speed * moment.expiresIn) / 2 : Number.POSITIVE_INFINITY;
  let bytes = 0;
  let count = 0;
  for (const size of waiting.slice(0, SIGN_PARTS)) {
    bytes += size;
    if (bytes > budget && count >= connections) break;
    count++;
  }
  return count;
}
