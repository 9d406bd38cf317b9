import { crc32, deflateRawSync } from "node:zlib";

export type ZipPiece = {
  path: string | Uint8Array;
  data?: Uint8Array | string;
  /** Stored as it is, or deflated. */
  deflate?: boolean;
  encrypted?: boolean;
  /** Sizes in 64 bits. */
  zip64?: boolean;
  /** Says that it has these many bytes unpacked, whatever it has. */
  claims?: number;
  /** Has no bytes of its own, but those of the first. */
  overlaps?: boolean;
};

/** Writes a zip by hand; `claimed` is the number of entries that its end states. */
export function buildZip(pieces: ZipPiece[], { zip64 = false, claimed = pieces.length } = {}): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  const add = (part: Uint8Array) => {
    parts.push(Buffer.from(part));
    at += part.length;
  };
  let first: { offset: number; packed: number } | undefined;
  for (const piece of pieces) {
    const data = typeof piece.data === "string" ? Buffer.from(piece.data) : (piece.data ?? new Uint8Array());
    const name = typeof piece.path === "string" ? Buffer.from(piece.path) : Buffer.from(piece.path);
    const packed = piece.deflate ? deflateRawSync(data, { level: 9 }) : data;
    const flags = (piece.encrypted ? 1 : 0) | (typeof piece.path === "string" ? 0x800 : 0);
    const method = piece.deflate ? 8 : 0;
    const size = piece.claims ?? data.length;
    const crc = crc32(data);
    const shared = piece.overlaps ? first : undefined;
    const offset = shared?.offset ?? at;
    first ??= { offset, packed: packed.length };
    if (!shared) {
      const local = Buffer.alloc(30);
      local.writeUInt32LE(0x04034b50, 0);
      local.writeUInt16LE(flags, 6);
      local.writeUInt16LE(method, 8);
      local.writeUInt32LE(crc, 14);
      local.writeUInt32LE(packed.length, 18);
      local.writeUInt32LE(Math.min(size, 0xffffffff), 22);
      local.writeUInt16LE(name.length, 26);
      add(local);
      add(name);
      add(packed);
    }
    const wide = piece.zip64 ? wideField([size, shared?.packed ?? packed.length, offset]) : Buffer.alloc(0);
    const header = Buffer.alloc(46);
    header.writeUInt32LE(0x02014b50, 0);
    header.writeUInt16LE(flags, 8);
    header.writeUInt16LE(method, 10);
    header.writeUInt32LE(crc, 16);
    header.writeUInt32LE(piece.zip64 ? 0xffffffff : (shared?.packed ?? packed.length), 20);
    header.writeUInt32LE(piece.zip64 ? 0xffffffff : size, 24);
    header.writeUInt16LE(name.length, 28);
    header.writeUInt16LE(wide.length, 30);
    header.writeUInt32LE(piece.zip64 ? 0xffffffff : offset, 42);
    directory.push(header, name, wide);
  }
  return Buffer.concat([...parts, ...directory, zipEnd(at, Buffer.concat(directory).length, claimed, zip64)]);
}

/** What stands at the end of a zip whose directory of `length` bytes starts at `start`. */
export function zipEnd(start: number, length: number, entries: number, zip64 = false): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : entries, 8);
  end.writeUInt16LE(zip64 ? 0xffff : entries, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : start, 16);
  if (!zip64) return end;
  const wide = Buffer.alloc(56 + 20);
  wide.writeUInt32LE(0x06064b50, 0);
  wide.writeBigUInt64LE(44n, 4);
  wide.writeBigUInt64LE(BigInt(entries), 24);
  wide.writeBigUInt64LE(BigInt(entries), 32);
  wide.writeBigUInt64LE(BigInt(length), 40);
  wide.writeBigUInt64LE(BigInt(start), 48);
  wide.writeUInt32LE(0x07064b50, 56);
  wide.writeBigUInt64LE(BigInt(start + length), 64);
  wide.writeUInt32LE(1, 72);
  return Buffer.concat([wide, end]);
}

function wideField(numbers: number[]): Buffer {
  const field = Buffer.alloc(4 + numbers.length * 8);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(numbers.length * 8, 2);
  numbers.forEach((number, index) => {
    field.writeBigUInt64LE(BigInt(number), 4 + index * 8);
  });
  return field;
}
