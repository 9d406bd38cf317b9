import { createCRC64, type IHasher } from "hash-wasm";
import { crcFromHex } from "./crc64nvme.ts";

/** The reflected polynomial of CRC-64/NVME; hash-wasm starts and ends with all ones, as it asks for. */
const POLYNOMIAL = "9a6c9329ac4bc9b5";
const CHUNK = 2 * 1024 ** 2;

const idle: IHasher[] = [];

/**
 * CRC64NVME of a Blob's bytes, holding at most two chunks of 2 MiB: one is read while the other is hashed.
 * Rejects with the browser's NotReadableError or NotFoundError when the file behind it changed,
 * with RangeError when fewer bytes came than it has, and with AbortError after `signal`.
 */
export async function crcOfBlob(blob: Blob, signal?: AbortSignal): Promise<bigint> {
  const hasher = idle.pop() ?? (await createCRC64(POLYNOMIAL));
  hasher.init();
  const read = (at: number) => (at < blob.size ? blob.slice(at, at + CHUNK).arrayBuffer() : undefined);
  let next = read(0);
  for (let at = 0; at < blob.size; at += CHUNK) {
    const chunk = await next;
    signal?.throwIfAborted();
    if (chunk?.byteLength !== Math.min(CHUNK, blob.size - at)) throw new RangeError("The file is shorter than it was.");
    next = read(at + CHUNK);
    hasher.update(new Uint8Array(chunk));
  }
  const crc = crcFromHex(hasher.digest());
  idle.push(hasher);
  return crc;
}
