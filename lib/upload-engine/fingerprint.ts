import { crcToHex } from "./crc64nvme.ts";
import type { Hasher } from "./hasher.ts";

const SAMPLES = 16;
const SAMPLE_BYTES = 64 * 1024;

/** Sixteen samples of 64 KiB, evenly spread from the first byte to the last; of a small file all bytes. */
function samplesOf(blob: Blob): readonly Blob[] {
  if (blob.size <= SAMPLES * SAMPLE_BYTES) return [blob];
  const stride = (blob.size - SAMPLE_BYTES) / (SAMPLES - 1);
  const starts = Array.from({ length: SAMPLES }, (_, index) => Math.floor(index * stride));
  return starts.map((start) => blob.slice(start, start + SAMPLE_BYTES));
}

/** CRC64NVME of a file's samples, 16 hexadecimal digits. Rejects with FileChanged when it can't be read. */
export const fingerprintOf = async (hasher: Hasher, blob: Blob, path: string): Promise<string> =>
  crcToHex(await hasher.hash(samplesOf(blob), path));
