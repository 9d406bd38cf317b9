import { createCRC32, createCRC64 } from "hash-wasm";
import { crcFromHex, crcToBase64 } from "../upload-engine/crc64nvme.ts";
import type { Crc32 } from "./zip.ts";

/** The reflected polynomial of CRC-64/NVME; hash-wasm starts and ends with all ones, as this CRC requires. */
const POLYNOMIAL64 = "9a6c9329ac4bc9b5";

export async function makeCrc32(): Promise<Crc32> {
  const hasher = await createCRC32();
  return {
    begin: () => void hasher.init(),
    update: (bytes) => void hasher.update(bytes),
    end: () => Number.parseInt(hasher.digest("hex"), 16),
  };
}

/** CRC64NVME of everything since `begin`, in base64 as S3 writes it. */
export type Crc64 = { begin(): void; update(bytes: Uint8Array): void; end(): string };

export async function makeCrc64(): Promise<Crc64> {
  const hasher = await createCRC64(POLYNOMIAL64);
  return {
    begin: () => void hasher.init(),
    update: (bytes) => void hasher.update(bytes),
    end: () => crcToBase64(crcFromHex(hasher.digest("hex"))),
  };
}
