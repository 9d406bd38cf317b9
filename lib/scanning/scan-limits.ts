import { MAX_SCANNED_BYTES } from "./clamd-config.ts";

const MIB = 1024 ** 2;
const GIB = 1024 * MIB;

/**
 * What a file may cost. Windows: ClamAV takes no file of 2 GiB or more, and each lies on the disk while it is scanned.
 * Overlap: a pattern without gaps has at most 16 KiB in ClamAV's databases (a line of 32 KiB in hexadecimal digits), and
 * those with gaps of a stated width stay within kilobytes of it: 16 MiB is a thousand times that, and costs three percent.
 */
export const scanLimits = {
  windowBytes: 512 * MIB,
  overlapBytes: 16 * MIB,
  /** Content that only clamd opens (7z, rar, PDF …) is passed to it as a whole up to this size. */
  unopenedBytes: MAX_SCANNED_BYTES,
  /** Levels of nested archives that we open ourselves; clamd then opens 20 more. */
  depth: 8,
  /** Entries with content, in all archives of a file together. */
  entries: 100_000,
  /** Unpacked bytes, all together: the first `freeBytes`, plus this many for each byte of the file. */
  ratio: 300,
  freeBytes: 2 * GIB,
  unpackedBytes: 2048 * GIB,
  /** The most bytes of an entry that must be on disk to be opened: a zip within a compressed archive. */
  spoolBytes: 2 * GIB,
  /** Time for each file, and speed for its bytes, which any machine can reach. */
  seconds: 600,
  bytesPerSecond: 8 * MIB,
};
export type ScanLimits = typeof scanLimits;
