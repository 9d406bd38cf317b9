import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import { cp437 } from "./cp437.ts";
import { asUtf8 } from "./entry-names.ts";
import { type ByteSource, windowed } from "./source.ts";
import { Unpreviewable } from "./unpreviewable.ts";

export type ZipEntry = {
  /** As the archive has it, with `/` between folders: data, never a path of ours. */
  path: string;
  /** The path's bytes, where they are neither UTF-8 nor explained elsewhere: `path` is then code page 437, right or wrong. */
  raw?: Uint8Array;
  /** Unpacked, as the archive claims, in bytes. */
  size: number;
  packedSize: number;
  /** Where it starts in the file. */
  offset: number;
  directory: boolean;
  encrypted: boolean;
};

export type ZipDirectory = {
  /** How many entries there are, as the archive claims; not more than its directory has room for. */
  claimed: number;
  /** Reads the directory and nothing else. Throws Unpreviewable where it is damaged. */
  entries(): AsyncGenerator<ZipEntry>;
  /** Unpacks one. Throws Unpreviewable when it is encrypted, damaged, or not as large as it claims. */
  open(entry: ZipEntry): AsyncGenerator<Uint8Array>;
};

const WINDOW_BYTES = 256 * 1024;
/** An entry's least: its header in the directory. */
const HEADER_BYTES = 46;

/** yauzl's way to bytes, over a source. What the source throws is kept, since it is no fault of the file. */
class SourceReader extends RandomAccessReader {
  readonly #source: ByteSource;
  readonly #readAt;
  failure: unknown;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
    this.#readAt = windowed(source, WINDOW_BYTES);
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, done: (error: Error | null) => void) {
    if (!(position >= 0 && position + length <= this.#source.size)) {
      setImmediate(done, new Error("unexpected end of file"));
      return;
    }
    this.#readAt(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        done(null);
      },
      (error: Error) => {
        this.failure = error;
        done(error);
      },
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const stream = Readable.from(this.#source.stream(start, end));
    stream.once("error", (error) => {
      this.failure = error;
    });
    return stream;
  }

  override close(done: (error: Error | null) => void) {
    done(null);
  }
}

/** Finds a zip's directory through ranges; `damaged` is the sentence for one that has none. */
export async function openZip(source: ByteSource, damaged: string): Promise<ZipDirectory> {
  const reader = new SourceReader(source);
  const known = new WeakMap<ZipEntry, Entry>();
  /** Of the zip's own faults a sentence is made; what the source threw goes on as it is. */
  const blame = (error: unknown): unknown =>
    reader.failure ?? (error instanceof Unpreviewable ? error : new Unpreviewable(damaged, { cause: error }));

  let zip: ZipFile;
  try {
    zip = await fromRandomAccessReaderPromise(reader, source.size, {
      autoClose: false,
      // Names that climb out of their folder are to be shown, not refused.
      decodeStrings: false,
      validateEntrySizes: false,
    });
  } catch (error) {
    throw blame(error);
  }
  return {
    claimed: Math.min(zip.entryCount, Math.floor(source.size / HEADER_BYTES)),
    async *entries() {
      try {
        for await (const entry of zip.eachEntry()) {
          const named = describe(entry);
          known.set(named, entry);
          yield named;
        }
      } catch (error) {
        throw blame(error);
      }
    },
    async *open(entry) {
      const raw = known.get(entry);
      if (!raw) throw new Error("This entry belongs to another archive.");
      if (raw.isEncrypted())
        throw new Unpreviewable("This file is protected with a password; no preview is made of it.");
      try {
        const stream = await zip.openReadStreamPromise(raw);
        try {
          let left = entry.size;
          for await (const chunk of stream) {
            left -= (chunk as Buffer).length;
            if (left < 0) throw new Unpreviewable(damaged);
            yield chunk as Buffer;
          }
        } finally {
          stream.destroy();
        }
      } catch (error) {
        throw blame(error);
      }
    },
  };
}

function describe(entry: Entry): ZipEntry {
  const named = unicodePath(entry) ?? asUtf8(entry.fileNameRaw);
  return {
    ...(named === undefined ? { path: cp437(entry.fileNameRaw), raw: entry.fileNameRaw } : { path: separated(named) }),
    size: entry.uncompressedSize,
    packedSize: entry.compressedSize,
    offset: entry.relativeOffsetOfLocalHeader,
    // No code page has a slash, or in UTF-8 a backslash, within a character.
    directory: /\/$/.test(separated(named ?? (entry.fileNameRaw.at(-1) === 0x2f ? "/" : ""))),
    encrypted: entry.isEncrypted(),
  };
}

/** Old Windows programs wrote backslashes. Only of text: a byte of that value may be the second half of a character. */
export const separated = (path: string): string => path.replaceAll("\\", "/");

const UNICODE_PATH = 0x7075;

/** Info-ZIP's field: a version, the CRC-32 of the name that it stands for, and the name in UTF-8 (APPNOTE 4.6.9). */
function unicodePath({ fileNameRaw, extraFields }: Entry): string | undefined {
  // There is one at most: the sum of a long name for each of thousands would take a second an entry.
  const field = extraFields.find(({ id, data }) => id === UNICODE_PATH && data.length >= 6 && data[0] === 1);
  // Who renamed the entry without this field left another name in it.
  if (!field || field.data.readUInt32LE(1) !== crc32(fileNameRaw)) return undefined;
  return asUtf8(field.data.subarray(5));
}
