import type { ReserveFile } from "../uploads/upload-protocol.schema.ts";

/** The protocol's limits for one call. The limit for signing is our own, so that the server answers within 50 ms. */
export const MAX_RESERVE_FILES = 500;
const MAX_RESERVE_BYTES = 200 * 1024;
export const MAX_SIGN_PARTS = 64;
export const MAX_COMPLETE_FILES = 100;
export const MAX_CANCEL_FILES = 500;

/** Room in a reservation's body for everything but its files. */
const ENVELOPE_BYTES = 256;
const encoder = new TextEncoder();

/** How many of `files`, from the first on, are sent in one reservation: at most 500, and less than 200 KiB of JSON. */
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
/**
 * A part's weight, compared with the traffic of a call: 16 MiB weigh one, other sizes in proportion, and a small file
 * one.
 */
const weightOf = (size: number): number => (size < MIN_PART_SIZE ? 1 : size / WEIGHT_UNIT);

/**
 * The least weight that a call signs while more parts are being hashed: little at first, so that the first bytes are
 * sent soon.
 */
const MIN_WEIGHT_BY_CALL = [1, 3, 8, 16];

export type SigningState = {
  /** Sizes in bytes of the parts that wait for a signature, in order. */
  waiting: readonly number[];
  /** True while the hasher will deliver more parts without waiting for anything else. */
  moreComing: boolean;
  /** Signed parts that wait for a connection. */
  ready: number;
  connections: number;
  /** Calls made since there was last nothing to send. */
  calls: number;
  /** Bytes per second, 0 while unknown; and the lifetime of signatures in seconds. */
  speed: number;
  expiresIn: number;
};

/**
 * How many of the waiting parts to sign now; 0 means to wait. Signs before connections have nothing to send, in batches
 * large enough to keep the calls' traffic below 64 KiB per GiB, and no more than can be sent in half of the signatures'
 * lifetime.
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
