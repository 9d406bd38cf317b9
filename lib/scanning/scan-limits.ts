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
  /** What only clamd opens (7z, rar, PDF …) is shown to it whole up to here. */
  unopenedBytes: MAX_SCANNED_BYTES,
  /** Archives within archives that we open ourselves; clamd then goes 20 deeper. */
  depth: 8,
  /** Entries with content, all archives of a file counted together. */
  entries: 100_000,
  /** Unpacked, all together: beyond the first `freeBytes`, for each byte of the file. */
  ratio: 300,
  freeBytes: 2 * GIB,
  unpackedBytes: 2048 * GIB,
  /** Of an entry that must lie on the disk to be opened: a zip within a compressed archive. */
  spoolBytes: 2 * GIB,
  /** For each file, and for its bytes at a pace that any machine keeps. */
  seconds: 600,
  bytesPerSecond: 8 * MIB,
};
export type ScanLimits = typeof scanLimits;
