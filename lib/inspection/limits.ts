/**
 * What a file may cost before no preview is made of it. They fit the smallest function that does the work: memory is
 * that of `infra/function-list.ts`, time a small part of its timeout, since a batch has 100 files.
 * Names end with their unit: `Bytes`, `Pixels` (width times height), `Seconds`, `Mib`; counts have none.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** What is believed of a file's own claims; a larger one is left out, and nothing is said instead. */
export const factLimits = {
  sidePixels: 100_000_000,
  seconds: 1e9,
  pages: 1e9,
};

export const detectLimits = {
  /** What is looked at from the start of the file. */
  headBytes: 64 * KIB,
  /** Entries of a zip that are looked at for telling an office document from an archive. */
  zipEntries: 20_000,
};

export const pictureLimits = {
  /** The picture is held in memory as a whole. */
  readBytes: 256 * MIB,
  /** Of pictures that are decoded row by row: plain JPEG, PNG and TIFF. */
  rowsPixels: 16_384 * 16_384,
  /** Of pictures that are decoded as a whole: progressive, interlaced, turned, WebP, AVIF, GIF. */
  wholePixels: 100_000_000,
  seconds: 30,
  thumbPixels: 320,
  viewPixels: 1600,
};

export const documentLimits = {
  /** Read from the file in all, in ranges. */
  readBytes: 128 * MIB,
  seconds: 30,
  /** JavaScript heap of the thread that reads the document. */
  heapMib: 512,
  /** Growth of the whole process while it does. */
  processMib: 900,
  /** Text kept, as UTF-8. */
  textBytes: MIB,
  /** Pages of a PDF whose text is read. */
  textPages: 500,
  /** Longer side of the picture of the first page. */
  pagePixels: 1600,
  /** A picture within a PDF that is larger is left out. */
  imagePixels: 50_000_000,
  /** Entries in an office document. */
  entries: 20_000,
  /** XML inflated of one entry, and of all. */
  entryBytes: 32 * MIB,
  inflatedBytes: 128 * MIB,
  /** A larger thumbnail in an office document is left alone. */
  thumbnailBytes: 8 * MIB,
};

export const textLimits = {
  /** Shown of a text file, as UTF-8. */
  bytes: 64 * KIB,
};

export const archiveLimits = {
  /** Entries in the list; the others are counted. */
  listed: 1000,
  /** Entries of a tar that are counted. */
  counted: 200_000,
  /** Read from the file in all: directories in ranges, a compressed tar from its start. */
  readBytes: 2 * GIB,
  /** Inflated from a compressed tar. */
  inflatedBytes: 16 * GIB,
  /** Inflated bytes for each compressed one, beyond the first 64 MiB: text has up to 20, zeros have 1,030. */
  ratio: 400,
  /** Of what a tar says of one entry beside its header: a long name, attributes. */
  nameBytes: MIB,
  seconds: 45,
  heapMib: 128,
  processMib: 256,
};

export const mediaLimits = {
  /** Read from the file in all, in ranges: indexes of long films take some megabytes. */
  readBytes: 192 * MIB,
  seconds: 20,
  heapMib: 256,
  processMib: 300,
  /** A larger cover is left alone. */
  coverBytes: 16 * MIB,
};

export type DetectLimits = typeof detectLimits;
export type PictureLimits = typeof pictureLimits;
export type DocumentLimits = typeof documentLimits;
export type TextLimits = typeof textLimits;
export type ArchiveLimits = typeof archiveLimits;
export type MediaLimits = typeof mediaLimits;
