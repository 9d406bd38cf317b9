/** A tar's headers, read through a cursor: over ranges where the file is plain, over a stream where it is compressed. */

import { cp437 } from "./cp437.ts";
import { asUtf8, cutName } from "./entry-names.ts";

export type Cursor = {
  /** The next bytes; fewer at the end of the file. */
  take(length: number): Promise<Uint8Array>;
  /** Leaves bytes out; false when the file ends before. */
  skip(length: number): Promise<boolean>;
};

/** `raw`: the path's bytes where they are no UTF-8, with which a reader of the whole list can do better. */
export type TarEntry = { path: string; raw?: Uint8Array; size: number; directory: boolean };

/** The header has no valid checksum, or is cut off. */
export class TarDamaged extends Error {
  override readonly name = "TarDamaged";
}

const BLOCK = 512;
const SLASH = 0x2f;
const padded = (size: number) => Math.ceil(size / BLOCK) * BLOCK;

/** Yields entries until the end of the archive. Links count as entries without a size. Throws TarDamaged. */
export async function* tarEntries(cursor: Cursor, nameBytes: number): AsyncGenerator<TarEntry> {
  let long: { path?: Uint8Array; size?: number } = {};
  let shared: { path?: Uint8Array; size?: number } = {};
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
      if (kind === "L") long = { ...long, path: fieldIn(extra, 0, extra.length) };
      else if (kind === "x") long = { ...long, ...parsePax(extra) };
      else if (kind === "g") shared = { ...shared, ...parsePax(extra) };
      continue;
    }
    const whole = long.path ?? shared.path ?? header.path;
    const raw = cutName(whole);
    const named = asUtf8(raw);
    const path = named ?? cp437(raw);
    const size = long.size ?? shared.size ?? header.size;
    long = {};
    const hasContent = kind === "0" || kind === "\0" || kind === "7" || kind === "S";
    const directory = kind === "5" || (hasContent && whole.at(-1) === SLASH);
    // A copy: the block is a part of a window that goes on.
    yield {
      path,
      ...(named === undefined ? { raw: Uint8Array.from(raw) } : {}),
      size: hasContent ? size : 0,
      directory,
    };
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
function decodeHeader(block: Uint8Array): { path: Uint8Array; size: number; kind: string } | undefined {
  let sum = 0;
  for (let index = 0; index < BLOCK; index++) sum += index >= 148 && index < 156 ? 32 : (block[index] ?? 0);
  if (sum === 8 * 32) return undefined;
  if (sum !== numberIn(block, 148, 8)) throw new TarDamaged();
  const ustar = textIn(block, 257, 6) === "ustar";
  const prefix = ustar ? fieldIn(block, 345, 155) : new Uint8Array();
  const name = fieldIn(block, 0, 100);
  const size = numberIn(block, 124, 12);
  if (!Number.isSafeInteger(size) || size < 0) throw new TarDamaged();
  return {
    path: prefix.length > 0 ? Buffer.concat([prefix, Buffer.from("/"), name]) : name,
    size,
    kind: String.fromCharCode(block[156] ?? 0),
  };
}

function fieldIn(block: Uint8Array, start: number, length: number): Uint8Array {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return end === -1 ? field : field.subarray(0, end);
}

const textIn = (block: Uint8Array, start: number, length: number): string =>
  new TextDecoder().decode(fieldIn(block, start, length));

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
function parsePax(bytes: Uint8Array): { path?: Uint8Array; size?: number } {
  const found: { path?: Uint8Array; size?: number } = {};
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space === -1 ? Number.NaN : Number(decoder.decode(bytes.subarray(at, space)));
    if (!(length > space - at)) break;
    const record = bytes.subarray(space + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    const key = decoder.decode(record.subarray(0, Math.max(equals, 0)));
    // Bytes as they are: some write names that are no UTF-8 here, too.
    if (key === "path" || key === "GNU.sparse.name") found.path = record.subarray(equals + 1);
    const value = key === "size" ? decoder.decode(record.subarray(equals + 1)) : "";
    if (key === "size" && /^\d{1,15}$/.test(value)) found.size = Number(value);
    at += length;
  }
  return found;
}
