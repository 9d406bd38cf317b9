import { pieces, type Ranges } from "./content.ts";

/** The directory and the entries do not match each other, or the file. */
export class ZipDamaged extends Error {
  override readonly name = "ZipDamaged";
}
/** The file has entries that the directory does not list. */
export class ZipUnlisted extends Error {
  override readonly name = "ZipUnlisted";
}

/** An entry of the directory; its compressed bytes are from `start` to `start + packed`. */
export type PackedEntry = {
  method: number;
  encrypted: boolean;
  packed: number;
  size: number;
  crc32: number;
  start: number;
};

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const LISTED = 0x02014b50;
const LOCAL = Buffer.from("PK\u0003\u0004", "latin1");
/** Maximum bytes of the end record with its comment, and of zip64's records before it. */
export const ZIP_TAIL = 22 + 65_535 + 20 + 56;
const MAX32 = 0xffff_ffff;
/** Maximum bytes that belong to no entry: the signature of an app, a program in front of the archive. */
const MAX_GAP_BYTES = 64 * 1024 ** 2;

type Directory = { entries: number; start: number; end: number; shift: number };

/**
 * Reads the directory of a zip, and the local header of each entry with content, in the order of their positions.
 * Nothing is unpacked. Throws ZipDamaged, ZipUnlisted, or RangeError when there are more than `most` entries.
 */
export async function readZip(ranges: Ranges, most: number): Promise<PackedEntry[]> {
  const directory = await findDirectory(ranges);
  const listed = (await readDirectory(ranges, directory, most)).sort((a, b) => a.header - b.header);
  const read = pieces(ranges);
  const entries: PackedEntry[] = [];
  let covered = 0;
  for (const { header, ...entry } of listed) {
    if (header < covered) throw new ZipDamaged("Two entries share their bytes.");
    if (header + 30 > directory.start) throw new ZipDamaged("An entry begins beyond the end.");
    await requireNoEntries(ranges, covered, header);
    const local = await read(header, header + 30);
    if (!local.subarray(0, 4).equals(LOCAL)) throw new ZipDamaged("An entry is not where the directory says.");
    if (local.readUInt16LE(8) !== entry.method) throw new ZipDamaged("An entry and its directory differ.");
    const start = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    covered = start + entry.packed;
    if (covered > directory.start) throw new ZipDamaged("An entry reaches beyond the end.");
    if (entry.packed > 0) entries.push({ ...entry, start });
  }
  await requireNoEntries(ranges, covered, directory.start);
  return entries;
}

async function findDirectory(ranges: Ranges): Promise<Directory> {
  const from = Math.max(0, ranges.size - ZIP_TAIL);
  const tail = Buffer.from(await ranges.read(from, ranges.size));
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END || at + 22 + tail.readUInt16LE(at + 20) > tail.length) continue;
    const found = directoryAt(tail, at, from);
    if (found && found.end <= ranges.size) return found;
  }
  throw new ZipDamaged("There is no directory.");
}

function directoryAt(tail: Buffer, at: number, from: number): Directory | undefined {
  let [entries, bytes, offset] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  let end = from + at;
  const locator = at - 20;
  // Written also where the short fields would do, and then it lies between the directory and its end.
  if (locator >= 0 && tail.readUInt32LE(locator) === END64_LOCATOR) {
    // Right before its locator; where it says it lies would be wrong behind a prefix.
    const end64 = tail.lastIndexOf(Buffer.from("PK\u0006\u0006", "latin1"), locator - 1);
    if (end64 < 0 || end64 + 56 > locator) return undefined;
    entries = Number(tail.readBigUInt64LE(end64 + 32));
    bytes = Number(tail.readBigUInt64LE(end64 + 40));
    offset = Number(tail.readBigUInt64LE(end64 + 48));
    end = from + end64;
  }
  const start = end - bytes;
  const shift = start - offset;
  return Number.isSafeInteger(bytes) && start >= 0 && shift >= 0 ? { entries, start, end, shift } : undefined;
}

/** clamd compares each entry of a zip with all before it: 10,000 empty ones take 25 s, and 65,538 twenty minutes. */
const CROWD = 2000;

/** Of a zip with that many entries: where to cut it, so that clamd goes through it without its directory. */
export async function crowdedZip(ranges: Ranges, most: number): Promise<number | undefined> {
  if (ranges.size > most || ranges.size < CROWD * 76) return undefined;
  try {
    const { entries, end } = await findDirectory(ranges);
    return entries > CROWD ? end : undefined;
  } catch (error) {
    if (error instanceof ZipDamaged) return undefined;
    throw error;
  }
}

type Listed = Omit<PackedEntry, "start"> & { header: number };

async function readDirectory(ranges: Ranges, directory: Directory, most: number): Promise<Listed[]> {
  const read = pieces(ranges);
  const found: Listed[] = [];
  let at = directory.start;
  while (at + 46 <= directory.end) {
    const fixed = await read(at, at + 46);
    if (fixed.readUInt32LE(0) !== LISTED) break;
    if (found.length === most) throw new RangeError("There are too many entries.");
    const [names, extras, comments] = [fixed.readUInt16LE(28), fixed.readUInt16LE(30), fixed.readUInt16LE(32)];
    const entry = {
      encrypted: (fixed.readUInt16LE(8) & 0x2041) !== 0,
      method: fixed.readUInt16LE(10),
      crc32: fixed.readUInt32LE(16),
      packed: fixed.readUInt32LE(20),
      size: fixed.readUInt32LE(24),
      header: fixed.readUInt32LE(42),
    };
    const next = at + 46 + names + extras + comments;
    if (next > directory.end) throw new ZipDamaged("The directory is cut off.");
    if (extras > 0) readZip64(entry, await read(at + 46 + names, at + 46 + names + extras));
    found.push({ ...entry, header: entry.header + directory.shift });
    at = next;
  }
  if (found.length % 65_536 !== directory.entries % 65_536) throw new ZipDamaged("The directory names other entries.");
  return found;
}

/** Sizes of 4 GiB and more, and offsets, stand in a field of their own, in this order, where the short ones are full. */
function readZip64(entry: { size: number; packed: number; header: number }, extras: Buffer): void {
  for (let at = 0; at + 4 <= extras.length; at += 4 + extras.readUInt16LE(at + 2)) {
    if (extras.readUInt16LE(at) !== 1) continue;
    const field = extras.subarray(at + 4, at + 4 + extras.readUInt16LE(at + 2));
    let used = 0;
    for (const name of ["size", "packed", "header"] as const) {
      if (entry[name] !== MAX32) continue;
      if (used + 8 > field.length) throw new ZipDamaged("An entry's size is missing.");
      entry[name] = Number(field.readBigUInt64LE(used));
      used += 8;
    }
    return;
  }
}

/** Between entries lie signatures and padding, and never another entry. */
async function requireNoEntries(ranges: Ranges, from: number, to: number): Promise<void> {
  // What follows an entry whose sizes were not known: at most 24 bytes.
  if (to - from < 30) return;
  if (to - from > MAX_GAP_BYTES) throw new ZipUnlisted();
  if (Buffer.from(await ranges.read(from, to)).includes(LOCAL)) throw new ZipUnlisted();
}

/** The same entry in a zip of its own, plain, so that clamd unpacks it: sizes below 4 GiB. */
export function plainZip(entry: PackedEntry): { before: Buffer; after: Buffer } {
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(entry.method, 4);
  shared.writeUInt32LE(entry.crc32, 10);
  shared.writeUInt32LE(entry.packed, 14);
  shared.writeUInt32LE(entry.size, 18);
  shared.writeUInt16LE(1, 22);
  const name = Buffer.from("a");
  const before = Buffer.concat([LOCAL, shared, name]);
  const listed = Buffer.concat([Buffer.from("PK\u0001\u0002\u0014\0", "latin1"), shared, Buffer.alloc(14), name]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(before.length + entry.packed, 16);
  return { before, after: Buffer.concat([listed, end]) };
}
