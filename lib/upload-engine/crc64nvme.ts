/**
 * CRC-64/NVME, the checksum that S3 keeps of whole objects, as a number of 64 bits.
 * Parameters from the NVM Command Set Specification: all ones in and out, bits reflected, check value ae8b14860a799888.
 */
export const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
/** In the reflected order bit 63 is x^0. */
const ONE = 1n << 63n;

/** The checksum of no bytes. */
export const EMPTY_CRC = 0n;

/** a·b modulo the polynomial, in GF(2). */
export function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  let factor = b;
  for (let bit = ONE; bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ POLYNOMIAL : factor >> 1n;
  }
  return product;
}

/** x^(8·bytes) modulo the polynomial: appending that many zero bytes multiplies a checksum by it. */
export function shift(bytes: number): bigint {
  let power = ONE;
  let square = 1n << 55n;
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(power, square);
    square = multiply(square, square);
  }
  return power;
}

/** The checksum of A followed by B, from the checksums of both and the length of B in bytes. */
export const combine = (crcA: bigint, crcB: bigint, lengthB: number): bigint => multiply(crcA, shift(lengthB)) ^ crcB;

/** The checksum of a whole file from those of its parts in order; all but the last have `partSize` bytes. */
export function combineParts(crcs: Iterable<bigint>, partSize: number, lastSize: number): bigint {
  const [first, ...rest] = crcs;
  const last = rest.pop();
  if (first === undefined || last === undefined) return first ?? EMPTY_CRC;
  const step = shift(partSize);
  return combine(
    rest.reduce((whole, crc) => multiply(whole, step) ^ crc, first),
    last,
    lastSize,
  );
}

/** 16 hexadecimal digits, as the journal and the worker use it. */
export function crcFromHex(hex: string): bigint {
  if (!/^[0-9a-f]{16}$/i.test(hex)) throw new RangeError(`“${hex}” is not a checksum of 64 bits.`);
  return BigInt(`0x${hex}`);
}

export const crcToHex = (crc: bigint): string => crc.toString(16).padStart(16, "0");

/** 8 bytes big endian in base64, as in S3's header `x-amz-checksum-crc64nvme`. */
export function crcToBase64(crc: bigint): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, crc);
  return btoa(String.fromCharCode(...bytes));
}

export function crcFromBase64(text: string): bigint {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  if (bytes.length !== 8) throw new RangeError(`“${text}” is not a checksum of 64 bits.`);
  return new DataView(bytes.buffer).getBigUint64(0);
}
