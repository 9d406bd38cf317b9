import type { ReserveFile } from "../uploads/upload-protocol.schema.ts";

/** The protocol's limits for one call; the signing limit is ours, so that the server answers within 50 ms. */
export const MAX_RESERVE_FILES = 500;
const MAX_RESERVE_BYTES = 200 * 1024;
export const MAX_SIGN_PARTS = 64;
export const MAX_COMPLETE_FILES = 100;
export const MAX_CANCEL_FILES = 500;

/** Room in a reservation's body for everything but its files. */
const ENVELOPE_BYTES = 256;
const encoder = new TextEncoder();

/** How many of `files`, from the first on, travel in one reservation: 500 at most, and less than 200 KiB of JSON. */
export function reserveCount(files: readonly ReserveFile[]): number {
  let bytes = ENVELOPE_BYTES;
  let count = 0;
  for (const file of files.slice(0, MAX_RESERVE_FILES)) {
    bytes += encoder.encode(JSON.stringify(file)).length + 1;
    if (bytes > MAX_RESERVE_BYTES && count > 0) break;
    count++;
  }
  return count;
}

const WEIGHT_UNIT = 16 * 1024 ** 2;
const MIN_PART_SIZE = 5 * 1024 ** 2;
/** A part's weight against the traffic that a call may make: one for 16 MiB, by its size for any other; a small file as one. */
const weightOf = (size: number): number => (size < MIN_PART_SIZE ? 1 : size / WEIGHT_UNIT);

/** The least that a call signs while more is being hashed, in units: little at first, so that bytes start to flow. */
const MIN_WEIGHT_BY_CALL = [1, 3, 8, 16];

export type SigningState = {
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
export function signCount(state: SigningState): number {
  const { waiting, ready, connections } = state;
  if (waiting.length === 0 || ready >= 2 * connections) return 0;
  const weight = waiting.reduce((sum, size) => sum + weightOf(size), 0);
  const minWeight = MIN_WEIGHT_BY_CALL[Math.min(state.calls, MIN_WEIGHT_BY_CALL.length - 1)] ?? 1;
  if (state.moreComing && weight < minWeight && waiting.length < MAX_SIGN_PARTS) return 0;
  const budget = state.speed > 0 ? (state.speed * state.expiresIn) / 2 : Number.POSITIVE_INFINITY;
  let bytes = 0;
  let count = 0;
  for (const size of waiting.slice(0, MAX_SIGN_PARTS)) {
    bytes += size;
    if (bytes > budget && count >= connections) break;
    count++;
  }
  return count;
}
