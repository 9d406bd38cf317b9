import { ZIP_TAIL } from "./zip-entries.ts";

/**
 * Formats that our own readers open. `unopened`: an archive or a compressed file that they do not open; undefined: no
 * archive.
 */
export type ArchiveFormat = "zip" | "tar" | "gzip" | "zstd" | "unopened";

/** Bytes that are kept of a stream's start and end. */
export const HEAD_BYTES = 512;
export const TAIL_BYTES = ZIP_TAIL;

const BEGINNINGS: [ArchiveFormat, string][] = [
  ["zip", "504b0304"],
  ["gzip", "1f8b08"],
  ["zstd", "28b52ffd"],
  // 7z, rar, xz, bzip2, lz4, lzip, cab, wim, squashfs, xar, rpm, ar, cpio, OLE (as installers are), PDF.
  ["unopened", "377abcaf271c"],
  ["unopened", "526172211a07"],
  ["unopened", "fd377a585a00"],
  ["unopened", "425a68"],
  ["unopened", "04224d18"],
  ["unopened", "4c5a4950"],
  ["unopened", "4d534346"],
  ["unopened", "4d5357494d"],
  ["unopened", "68737173"],
  ["unopened", "78617221"],
  ["unopened", "edabeedb"],
  ["unopened", "213c617263683e"],
  ["unopened", "303730373031"],
  ["unopened", "d0cf11e0a1b11ae1"],
  ["unopened", "255044462d"],
];

/**
 * The format by the first and last bytes. Programs and pictures may end with a zip; a disk image of macOS has a mark at
 * its end.
 */
export function archiveFormatOf(head: Buffer, tail: Buffer): ArchiveFormat | undefined {
  if (isTar(head)) return "tar";
  const known = BEGINNINGS.find(([, bytes]) => head.toString("hex", 0, bytes.length / 2) === bytes)?.[0];
  if (known) return known;
  if (tail.includes(Buffer.from("PK\u0005\u0006", "latin1"))) return "zip";
  return tail.length >= 512 && tail.toString("latin1", tail.length - 512, tail.length - 508) === "koly"
    ? "unopened"
    : undefined;
}

/** Whether it is a tar header with a correct checksum, whose own field counts as eight spaces. */
export function isTar(head: Buffer): boolean {
  if (head.length < 512) return false;
  const stated = /^ *([0-7]{1,7})[ \0]/.exec(head.toString("latin1", 148, 156))?.[1];
  if (stated === undefined) return false;
  let sum = 8 * 32;
  for (const [index, byte] of head.subarray(0, 512).entries()) if (index < 148 || index >= 156) sum += byte;
  return sum > 8 * 32 && sum === Number.parseInt(stated, 8);
}
