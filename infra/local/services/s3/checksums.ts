/**
 * S3's additional checksums ("Checking object integrity" in the user guide): computed while bytes stream through. The
 * CRCs of parts are combined into the CRC of the whole without reading it again.
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { createCRC32, createCRC64, type IHasher } from "hash-wasm";

export const CHECKSUM_ALGORITHMS = ["CRC64NVME", "CRC32", "CRC32C", "SHA1", "SHA256"] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];
export type ChecksumType = "COMPOSITE" | "FULL_OBJECT";
/** `value` in base64, big endian; a composite one ends in `-` and the number of parts. */
export type Checksum = { algorithm: ChecksumAlgorithm; type: ChecksumType; value: string };

export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

/** The element's name in XML answers and requests. */
export const checksumElement = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm}`;

export function findAlgorithm(name: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase());
}

const BYTES: Record<ChecksumAlgorithm, number> = { CRC64NVME: 8, CRC32: 4, CRC32C: 4, SHA1: 20, SHA256: 32 };

/** True for canonical base64 of exactly the algorithm's number of bytes. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, "base64");
  return bytes.length === BYTES[algorithm] && bytes.toString("base64") === value;
}

/** The types that S3 allows for a multipart upload; the first is the default. */
export const MULTIPART_TYPES: Record<ChecksumAlgorithm, readonly ChecksumType[]> = {
  CRC64NVME: ["FULL_OBJECT"],
  CRC32: ["COMPOSITE", "FULL_OBJECT"],
  CRC32C: ["COMPOSITE", "FULL_OBJECT"],
  SHA1: ["COMPOSITE"],
  SHA256: ["COMPOSITE"],
};

export interface StreamingHash {
  update(chunk: Uint8Array): void;
  /** Finishes it; the hash can't be used afterwards. */
  digest(): Buffer;
  /** Releases the hasher if its result is not needed. */
  discard(): void;
}

/** Each WebAssembly hasher has memory of its own, so finished ones are reused. */
class HasherPool {
  readonly #make: () => Promise<IHasher>;
  readonly #idle: IHasher[] = [];
  constructor(make: () => Promise<IHasher>) {
    this.#make = make;
  }

  async take(): Promise<StreamingHash> {
    const hasher = (this.#idle.pop() ?? (await this.#make())).init();
    let held = true;
    const giveBack = (): void => {
      if (held) this.#idle.push(hasher);
      held = false;
    };
    return {
      update: (chunk) => void hasher.update(chunk),
      digest: () => {
        const value = Buffer.from(hasher.digest("hex"), "hex");
        giveBack();
        return value;
      },
      discard: giveBack,
    };
  }
}

const crc64Hashers = new HasherPool(() => createCRC64("9a6c9329ac4bc9b5"));
const crc32cHashers = new HasherPool(() => createCRC32(0x82f63b78));

export async function createChecksum(algorithm: ChecksumAlgorithm): Promise<StreamingHash> {
  if (algorithm === "CRC64NVME") return crc64Hashers.take();
  if (algorithm === "CRC32C") return crc32cHashers.take();
  if (algorithm === "CRC32") return createCrc32();
  return createDigest(algorithm === "SHA1" ? "sha1" : "sha256");
}

export function createDigest(name: "md5" | "sha1" | "sha256"): StreamingHash {
  const hash = createHash(name);
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest(), discard: () => undefined };
}

function createCrc32(): StreamingHash {
  let value = 0;
  return {
    update: (chunk) => {
      value = crc32(chunk, value);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    },
    discard: () => undefined,
  };
}

/** The checksum of an object made of parts. Composite: of the parts' checksums; full object: as if read in one piece. */
export async function combineChecksums(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { size: number; value: string }[],
): Promise<Checksum> {
  if (type === "COMPOSITE") {
    const hash = await createChecksum(algorithm);
    for (const part of parts) hash.update(Buffer.from(part.value, "base64"));
    return { algorithm, type, value: `${hash.digest().toString("base64")}-${parts.length}` };
  }
  const crc = REFLECTED[algorithm];
  if (crc === undefined) throw new TypeError(`${algorithm} of parts can't be combined into that of the whole`);
  const shiftOf = new Map<number, bigint>();
  let whole = 0n;
  for (const part of parts) {
    let shift = shiftOf.get(part.size);
    if (shift === undefined) {
      shift = powerOfX(part.size, crc);
      shiftOf.set(part.size, shift);
    }
    whole = multiply(whole, shift, crc) ^ BigInt(`0x${Buffer.from(part.value, "base64").toString("hex")}`);
  }
  return {
    algorithm,
    type,
    value: Buffer.from(whole.toString(16).padStart(crc.bits / 4, "0"), "hex").toString("base64"),
  };
}

/** A polynomial over GF(2) with its bits reflected: the highest bit stands for x to the power of 0. */
type Reflected = { bits: number; polynomial: bigint };
const REFLECTED: Partial<Record<ChecksumAlgorithm, Reflected>> = {
  CRC64NVME: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
  CRC32: { bits: 32, polynomial: 0xedb88320n },
  CRC32C: { bits: 32, polynomial: 0x82f63b78n },
};

/** Appending n bytes to a message multiplies its CRC's share in the whole by x^(8n), modulo the polynomial. */
function powerOfX(bytes: number, crc: Reflected): bigint {
  let result = 1n << BigInt(crc.bits - 1);
  let square = 1n << BigInt(crc.bits - 1 - 8);
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = multiply(result, square, crc);
    square = multiply(square, square, crc);
  }
  return result;
}

function multiply(a: bigint, b: bigint, { bits, polynomial }: Reflected): bigint {
  let product = 0n;
  let term = b;
  for (let bit = 1n << BigInt(bits - 1); bit > 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= term;
    term = (term & 1n) === 1n ? (term >> 1n) ^ polynomial : term >> 1n;
  }
  return product;
}
