/** A tar's headers, read through a cursor: over ranges where the file is plain, over a stream where it is compressed. */

export type Cursor = {
  /** The next bytes; fewer at the end of the file. */
  take(length: number): Promise<Uint8Array>;
  /** Leaves bytes out; false when the file ends before. */
  skip(length: number): Promise<boolean>;
};

export type TarEntry = { path: string; size: number; directory: boolean };

/** The header has no valid checksum, or is cut off. */
export class TarDamaged extends Error {
  override readonly name = "TarDamaged";
}

const BLOCK = 512;
const padded = (size: number) => Math.ceil(size / BLOCK) * BLOCK;

/** Yields entries until the end of the archive. Links count as entries without a size. Throws TarDamaged. */
export async function* tarEntries(cursor: Cursor, nameBytes: number): AsyncGenerator<TarEntry> {
  let long: { path?: string; size?: number } = {};
  let shared: { path?: string; size?: number } = {};
  for (let empty = 0; ; ) {
    const block = await cursor.take(BLOCK);
    if (block.length < BLOCK) {
      // Some writers leave out the two empty blocks at the end, but none stops within a header.
      if (block.length > 0) throw new TarDamaged();
      return;
    }
    const header = decodeHeader(block);
    if (!header) {
      if (++empty === 2) return;
      continue;
    }
    empty = 0;
    const { kind } = header;
    if (kind === "x" || kind === "g" || kind === "L" || kind === "K") {
      const extra = await takeWhole(cursor, header.size, nameBytes);
      if (kind === "L") long = { ...long, path: textIn(extra, 0, extra.length) };
      else if (kind === "x") long = { ...long, ...parsePax(extra) };
      else if (kind === "g") shared = { ...shared, ...parsePax(extra) };
      continue;
    }
    const path = long.path ?? shared.path ?? header.path;
    const size = long.size ?? shared.size ?? header.size;
    long = {};
    const hasContent = kind === "0" || kind === "\0" || kind === "7" || kind === "S";
    const directory = kind === "5" || (hasContent && path.endsWith("/"));
    yield { path, size: hasContent ? size : 0, directory };
    if (hasContent && size > 0 && !(await cursor.skip(padded(size)))) throw new TarDamaged();
  }
}

async function takeWhole(cursor: Cursor, size: number, limit: number): Promise<Uint8Array> {
  if (size > limit) throw new TarDamaged();
  const bytes = await cursor.take(padded(size));
  if (bytes.length < size) throw new TarDamaged();
  return bytes.subarray(0, size);
}

/** undefined of an empty block. */
function decodeHeader(block: Uint8Array): { path: string; size: number; kind: string } | undefined {
  let sum = 0;
  for (let index = 0; index < BLOCK; index++) sum += index >= 148 && index < 156 ? 32 : (block[index] ?? 0);
  if (sum === 8 * 32) return undefined;
  if (sum !== numberIn(block, 148, 8)) throw new TarDamaged();
  const ustar = textIn(block, 257, 6) === "ustar";
  const prefix = ustar ? textIn(block, 345, 155) : "";
  const name = textIn(block, 0, 100);
  const size = numberIn(block, 124, 12);
  if (!Number.isSafeInteger(size) || size < 0) throw new TarDamaged();
  return { path: prefix ? `${prefix}/${name}` : name, size, kind: String.fromCharCode(block[156] ?? 0) };
}

function textIn(block: Uint8Array, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits, or with the highest bit set a number of that many bytes. NaN where it is neither. */
function numberIn(block: Uint8Array, start: number, length: number): number {
  const first = block[start] ?? 0;
  if (first === 0x80) {
    let value = 0;
    for (const byte of block.subarray(start + 1, start + length)) value = value * 256 + byte;
    return value;
  }
  const digits = textIn(block, start, length).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || "0", 8) : Number.NaN;
}

/** Records are `LENGTH KEY=VALUE\n`, LENGTH in bytes and of the whole record. What is not one ends it. */
function parsePax(bytes: Uint8Array): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space === -1 ? Number.NaN : Number(decoder.decode(bytes.subarray(at, space)));
    if (!(length > space - at)) break;
    const record = decoder.decode(bytes.subarray(space + 1, at + length - 1));
    const value = record.slice(record.indexOf("=") + 1);
    if (record.startsWith("path=") || record.startsWith("GNU.sparse.name=")) found.path = value;
    if (record.startsWith("size=") && /^\d{1,15}$/.test(value)) found.size = Number(value);
    at += length;
  }
  return found;
}
