import { crcToHex } from "./crc64nvme.ts";
import { crcOfBlob, requireLength } from "./hash-blob.ts";

/**
 * A request for the checksum of a Blob, and its answer: 16 hexadecimal digits, or the error's name and text.
 * `lengthOnly` only checks the length; the answer is then the checksum of no bytes.
 */
export type HashRequest = { id: number; blob: Blob; lengthOnly: boolean };
export type HashAnswer = { id: number; crc: string } | { id: number; errorName: string; errorMessage: string };

const answer = (message: HashAnswer) => globalThis.postMessage(message);

globalThis.onmessage = async ({ data: { id, blob, lengthOnly } }: MessageEvent<HashRequest>) => {
  try {
    if (lengthOnly) {
      await requireLength(blob);
      answer({ id, crc: crcToHex(0n) });
    } else answer({ id, crc: crcToHex(await crcOfBlob(blob)) });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    answer({ id, errorName: name, errorMessage: message });
  }
};
