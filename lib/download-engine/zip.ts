/**
 * Writes zip archives as a stream (APPNOTE.TXT 6.3.10): files are stored as they are, so that the length of the whole is
 * known before the first byte; checksums follow each file; zip64 only where it is needed.
 */

/** `name` is a safe path; `size` in bytes; `lastModified` in milliseconds since 1970. */
export type ZipEntry = { name: string; size: number; lastModified: number };

/** Gives the CRC-32 of what it was given since `begin`. */
export type Crc32 = { begin(): void; update(bytes: Uint8Array): void; end(): number };

const LOCAL = 30;
const CENTRAL = 46;
const END = 22;
const END64 = 56;
const LOCATOR64 = 20;
const MAX32 = 0xffffffff;
const MAX16 = 0xffff;

const STORED = 0;
/** Names are UTF-8; with `AFTER`, checksum and sizes follow the data. */
const UTF8 = 0x0800;
const AFTER = 0x0008;
const VERSION = 20;
const VERSION64 = 45;
/** Made on Unix, so that a mode can be said: a file that its owner writes and all read. */
const MADE_BY_UNIX = 3 << 8;
const MODE = 0o100644;

const encoder = new TextEncoder();
const nameBytes = (name: string): number => encoder.encode(name).length;

const isLarge = (size: number): boolean => size >= MAX32;
/** Bytes after the data of a file; an empty one has none, since its checksum is known. */
const afterLength = (size: number): number => (size === 0 ? 0 : isLarge(size) ? 24 : 16);

/** Of the extra field with the time in UTC; a time that it can't say is left out. */
const timeLength = ({ lastModified }: ZipEntry): number => (isUnixTime(lastModified) ? 9 : 0);
const isUnixTime = (ms: number): boolean => ms >= 0 && ms < 0x7fffffff * 1000;

const localLength = (entry: ZipEntry): number =>
  LOCAL + nameBytes(entry.name) + timeLength(entry) + (isLarge(entry.size) ? 20 : 0);

function large64(size: number, offset: number): number {
  const fields = (isLarge(size) ? 2 : 0) + (isLarge(offset) ? 1 : 0);
  return fields === 0 ? 0 : 4 + 8 * fields;
}

/** Exact length in bytes of the archive that `writeZip` makes of these entries. */
export function zipLength(entries: readonly ZipEntry[]): number {
  let offset = 0;
  let central = 0;
  for (const entry of entries) {
    central += CENTRAL + nameBytes(entry.name) + timeLength(entry) + large64(entry.size, offset);
    offset += localLength(entry) + entry.size + afterLength(entry.size);
  }
  return offset + central + (needsEnd64(entries.length, central, offset) ? END64 + LOCATOR64 : 0) + END;
}

const needsEnd64 = (count: number, central: number, offset: number): boolean =>
  count >= MAX16 || isLarge(central) || isLarge(offset);

/** Throws RangeError when `read` brings more or fewer bytes of a file than its entry says. */
export async function* writeZip(
  entries: readonly ZipEntry[],
  read: (index: number) => AsyncIterable<Uint8Array>,
  crc: Crc32,
): AsyncGenerator<Uint8Array> {
  const crcs = new Uint32Array(entries.length);
  let offset = 0;
  for (const [index, entry] of entries.entries()) {
    const header = localHeader(entry);
    yield header;
    let bytes = 0;
    crc.begin();
    for await (const chunk of read(index)) {
      bytes += chunk.length;
      if (bytes > entry.size) break;
      crc.update(chunk);
      yield chunk;
    }
    if (bytes !== entry.size) throw new RangeError("A file is not as large as was announced.");
    const sum = entry.size === 0 ? 0 : crc.end();
    crcs[index] = sum;
    if (entry.size > 0) yield descriptor(entry.size, sum);
    offset += header.length + entry.size + afterLength(entry.size);
  }
  yield* directory(entries, crcs, offset);
}

/** The list of all entries and the archive's end, in chunks of about 64 KiB. */
function* directory(entries: readonly ZipEntry[], crcs: Uint32Array, start: number): Generator<Uint8Array> {
  let offset = 0;
  let length = 0;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for (const [index, entry] of entries.entries()) {
    const header = centralHeader(entry, crcs[index] ?? 0, offset);
    offset += localLength(entry) + entry.size + afterLength(entry.size);
    length += header.length;
    waiting.push(header);
    waitingBytes += header.length;
    if (waitingBytes < 65_536) continue;
    yield join(waiting, waitingBytes);
    waiting = [];
    waitingBytes = 0;
  }
  waiting.push(end(entries.length, length, start));
  yield join(
    waiting,
    waiting.reduce((sum, chunk) => sum + chunk.length, 0),
  );
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Numbers in the order and widths in which zip has them, least byte first. */
class Fields {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  u16(...values: number[]): this {
    for (const value of values) {
      this.#view.setUint16(this.#at, value, true);
      this.#at += 2;
    }
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) {
      this.#view.setUint32(this.#at, Math.min(value, MAX32), true);
      this.#at += 4;
    }
    return this;
  }

  u64(...values: number[]): this {
    for (const value of values) {
      this.#view.setBigUint64(this.#at, BigInt(value), true);
      this.#at += 8;
    }
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  time({ lastModified }: ZipEntry): this {
    if (!isUnixTime(lastModified)) return this;
    this.u16(0x5455, 5);
    this.bytes[this.#at++] = 1;
    return this.u32(Math.floor(lastModified / 1000));
  }
}

const flagsOf = ({ size }: ZipEntry): number => UTF8 | (size > 0 ? AFTER : 0);

/** The sizes are said here already, for who reads an archive as a stream; the checksum is not known yet. */
function localHeader(entry: ZipEntry): Uint8Array {
  const { name, size } = entry;
  const large = isLarge(size);
  const utf8 = encoder.encode(name);
  const fields = new Fields(localLength(entry))
    .u32(0x04034b50)
    .u16(large ? VERSION64 : VERSION, flagsOf(entry), STORED, ...dosTime(entry))
    .u32(0, size, size)
    .u16(utf8.length, timeLength(entry) + (large ? 20 : 0))
    .raw(utf8);
  if (large) fields.u16(1, 16).u64(size, size);
  return fields.time(entry).bytes;
}

function descriptor(size: number, crc: number): Uint8Array {
  const fields = new Fields(afterLength(size)).u32(0x08074b50, crc);
  return (isLarge(size) ? fields.u64(size, size) : fields.u32(size, size)).bytes;
}

function centralHeader(entry: ZipEntry, crc: number, offset: number): Uint8Array {
  const { name, size } = entry;
  const utf8 = encoder.encode(name);
  const large = large64(size, offset);
  const version = isLarge(size) ? VERSION64 : VERSION;
  const fields = new Fields(CENTRAL + utf8.length + timeLength(entry) + large)
    .u32(0x02014b50)
    .u16(MADE_BY_UNIX | version, version, flagsOf(entry), STORED, ...dosTime(entry))
    .u32(crc, size, size)
    .u16(utf8.length, timeLength(entry) + large, 0, 0, 0)
    .u32(MODE * 0x10000, offset)
    .raw(utf8);
  if (large > 0) {
    fields.u16(1, large - 4);
    if (isLarge(size)) fields.u64(size, size);
    if (isLarge(offset)) fields.u64(offset);
  }
  return fields.time(entry).bytes;
}

function end(count: number, length: number, start: number): Uint8Array {
  const large = needsEnd64(count, length, start);
  const fields = new Fields(END + (large ? END64 + LOCATOR64 : 0));
  if (large) {
    fields
      .u32(0x06064b50)
      .u64(END64 - 12)
      .u16(MADE_BY_UNIX | VERSION64, VERSION64)
      .u32(0, 0)
      .u64(count, count, length, start)
      .u32(0x07064b50, 0)
      .u64(start + length)
      .u32(1);
  }
  const shown = Math.min(count, MAX16);
  return fields.u32(0x06054b50).u16(0, 0, shown, shown).u32(length, start).u16(0).bytes;
}

/** MS-DOS time and date, which are those of the place, to two seconds, from 1980 to 2107. */
function dosTime({ lastModified }: ZipEntry): [time: number, date: number] {
  const at = new Date(lastModified);
  const year = at.getFullYear();
  if (!(year >= 1980)) return [0, (1 << 5) | 1];
  if (year > 2107) return [(23 << 11) | (59 << 5) | 29, (127 << 9) | (12 << 5) | 31];
  return [
    (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1),
    ((year - 1980) << 9) | ((at.getMonth() + 1) << 5) | at.getDate(),
  ];
}
