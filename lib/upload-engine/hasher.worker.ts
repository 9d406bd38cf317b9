import { crcToHex } from "./crc64nvme.ts";
import { crcOfBlob } from "./hash-blob.ts";

/** Asks for the checksum of a Blob, and the answer: 16 hexadecimal digits, or the error's name and text. */
export type HashRequest = { id: number; blob: Blob };
export type HashAnswer = { id: number; crc: string } | { id: number; errorName: string; errorMessage: string };

const answer = (message: HashAnswer) => globalThis.postMessage(message);

globalThis.onmessage = async ({ data: { id, blob } }: MessageEvent<HashRequest>) => {
  try {
    answer({ id, crc: crcToHex(await crcOfBlob(blob)) });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    answer({ id, errorName: name, errorMessage: message });
  }
};
