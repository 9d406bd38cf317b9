/** Files of each kind for tests, made here: nothing is kept in the repository, and each has what its name says. */
import { ffmpeg, testInput } from "./ffmpeg.ts";
import { buildZip } from "./zips.ts";

export { withoutFfmpeg } from "./ffmpeg.ts";
export { sampleDocx, sampleOdt, samplePptx, sampleXlsx } from "./office.ts";
export { samplePdf } from "./pdfs.ts";
export { sampleJpeg } from "./pictures.ts";

export const sampleText = (): Uint8Array => new TextEncoder().encode("Täglich eine Haselnuss.\nEine Zeile darunter.\n");

/** Three files in two folders, one of them deflated. */
export const sampleZip = (): Uint8Array =>
  buildZip([
    { path: "letters/" },
    { path: "letters/hazel.txt", data: "Dear Hazel", deflate: true },
    { path: "nuts.csv", data: "kind,count\nhazel,40\n" },
  ]);

/**
 * The file that every virus scanner reports, though it does nothing (eicar.org). In two halves, so that no scanner
 * reports this one.
 */
export const sampleEicar = (): Uint8Array =>
  new TextEncoder().encode(["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].join(""));

/** The same in a zip, or in a zip in a zip, and so on. */
export function sampleEicarZip(depth = 1): Uint8Array {
  let inner = buildZip([{ path: "eicar.com", data: sampleEicar() }]);
  for (let level = 1; level < depth; level++)
    inner = buildZip([{ path: `level-${level}.zip`, data: inner, deflate: true }]);
  return inner;
}

/** A tone, 16 bits and 8,000 samples a second, one channel. */
export function sampleWav(seconds = 1): Uint8Array {
  const rate = 8000;
  const samples = Math.round(rate * seconds);
  const file = Buffer.alloc(44 + samples * 2);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(samples * 2, 40);
  for (let index = 0; index < samples; index++) {
    file.writeInt16LE(Math.round(8000 * Math.sin((index / rate) * 2 * Math.PI * 440)), 44 + index * 2);
  }
  return file;
}

/** H.264 and AAC: browsers play it as it is. Needs ffmpeg. */
export const sampleMp4 = (seconds = 2): Promise<Uint8Array> =>
  ffmpeg("sample.mp4", [...testInput(seconds), "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]);
