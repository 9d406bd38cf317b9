import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { formatBytes } from "../kernel/format.ts";
import { shown } from "./archive-entry.ts";
import type { ArchiveEntry, ArchiveListing } from "./archive-listing.schema.ts";
import { rangeCursor, streamCursor } from "./cursor.ts";
import { type Deadline, deadline } from "./deadline.ts";
import { asUtf8, decodeNames } from "./entry-names.ts";
import type { ArchiveLimits } from "./limits.ts";
import { type ByteSource, readHead, withReadLimit } from "./source.ts";
import { type Cursor, TarDamaged, type TarEntry, tarEntries } from "./tar.ts";
import { Unpreviewable } from "./unpreviewable.ts";
import { openZip, separated, type ZipEntry } from "./zip-directory.ts";

const DAMAGED = "This archive is damaged or incomplete; its content can't be listed.";
const SLOW = "Reading this archive took too long; its content is not listed.";
const LARGE = "This archive is too large to be listed.";
const PARTLY = "Only the beginning of this archive was read; there is more in it.";
const BROKEN = "This archive is damaged or incomplete after what is listed.";
class Bomb extends Unpreviewable {
  constructor(inflated: number) {
    super(`This archive unpacks to more than ${formatBytes(inflated)}, as zip bombs do. Don't unpack it.`);
  }
}

export type ArchiveParams = ArchiveLimits & { type: string };

/** Runs in a thread that may be ended at any time. Throws Unpreviewable where there is nothing to list. */
export async function readArchive(
  source: ByteSource,
  { type, ...limits }: ArchiveParams,
  tell: (piece: Listed) => void,
): Promise<void> {
  const until = deadline(limits.seconds, SLOW);
  try {
    tell(await listingOf(withReadLimit(source, limits.readBytes, LARGE, until), type, limits, until));
  } catch (error) {
    until.check();
    throw error;
  }
}

/** What was found, and whether it is all that there is. */
export type Listed = { listing: ArchiveListing; complete: boolean };

function listingOf(source: ByteSource, type: string, limits: ArchiveLimits, until: Deadline): Promise<Listed> {
  if (type === "application/x-tar") return listTar(rangeCursor(source), limits, until);
  if (type === "application/x-compressed-tar") return listCompressedTar(source, limits, until);
  if (type === "application/gzip") return listGzip(source);
  if (isZip(type)) return listZip(source, limits, until);
  throw new Unpreviewable("The content of this kind of archive can't be listed.");
}

const isZip = (type: string): boolean =>
  type.endsWith("+zip") || /[/-](zip|java-archive|android\.package-archive)$/.test(type);

async function listZip(source: ByteSource, limits: ArchiveLimits, until: Deadline): Promise<Listed> {
  const zip = await openZip(source, DAMAGED);
  const seen: ZipEntry[] = [];
  let note: string | undefined;
  try {
    for await (const entry of zip.entries()) {
      until.check();
      seen.push(entry);
      if (seen.length === limits.listed) break;
    }
  } catch (error) {
    if (!(error instanceof Unpreviewable) || seen.length === 0) throw error;
    note = "A part of this archive's directory is damaged.";
  }
  const broken = note !== undefined;
  const more = zip.claimed > seen.length;
  note = suspicion(seen, source.size) ?? note;
  return {
    listing: {
      entries: together(seen).map(({ path, size, directory, encrypted }) => shown(path, size, directory, encrypted)),
      total: broken ? seen.length : Math.max(zip.claimed, seen.length),
      truncated: more,
      ...(note ? { note } : {}),
    },
    complete: !broken,
  };
}

/** With the names that are not in UTF-8 read as those of one machine. */
function together<T extends { path: string; raw?: Uint8Array }>(entries: T[]): T[] {
  const names = decodeNames(entries.flatMap(({ raw }) => raw ?? []));
  let next = 0;
  return entries.map((entry) => (entry.raw ? { ...entry, path: separated(names[next++] ?? entry.path) } : entry));
}

/** Bombs: entries that share their bytes, or claim to be thousands of times as large as what they are made of. */
function suspicion(entries: ZipEntry[], fileBytes: number): string | undefined {
  const filled = entries.filter(({ packedSize }) => packedSize > 0).sort((a, b) => a.offset - b.offset);
  const overlap = filled.some((entry, index) => {
    const next = filled[index + 1];
    return next !== undefined && entry.offset + entry.packedSize > next.offset;
  });
  if (overlap) return "Entries of this archive share their bytes, as in a zip bomb. Don't unpack it.";
  const unpacked = entries.reduce((sum, { size }) => sum + size, 0);
  if (unpacked > 2 ** 30 && unpacked > 500 * fileBytes)
    return `This archive claims to unpack to ${formatBytes(unpacked)}, as zip bombs do. Don't unpack it.`;
  return undefined;
}

async function listCompressedTar(source: ByteSource, limits: ArchiveLimits, until: Deadline): Promise<Listed> {
  let packed = 0;
  let inflated = 0;
  let failure: unknown;
  const input = Readable.from(watched(source.stream(), (bytes) => (packed += bytes)));
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  input.once("error", (error) => {
    failure = error;
    gunzip.destroy(error);
  });
  input.pipe(gunzip);
  const output = watched(gunzip, (bytes) => {
    until.check();
    inflated += bytes;
    if (inflated > limits.inflatedBytes || inflated - 64 * 2 ** 20 > limits.ratio * packed) throw new Bomb(inflated);
  });
  try {
    return await listTar(streamCursor(output), limits, until);
  } catch (error) {
    throw failure ?? error;
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

/** What was read until it got too much is listed, with a note; so is what comes before a damage. */
async function listTar(cursor: Cursor, limits: ArchiveLimits, until: Deadline): Promise<Listed> {
  const seen: TarEntry[] = [];
  let total = 0;
  let note: string | undefined;
  try {
    for await (const entry of tarEntries(cursor, limits.nameBytes)) {
      until.check();
      total++;
      if (seen.length < limits.listed) seen.push(entry);
      if (total === limits.counted) throw new Unpreviewable(LARGE);
    }
  } catch (error) {
    const damaged = error instanceof TarDamaged || isZlibError(error);
    if (!damaged && !(error instanceof Unpreviewable)) throw error;
    if (total === 0) throw damaged ? new Unpreviewable(DAMAGED, { cause: error }) : error;
    note = damaged ? BROKEN : error instanceof Bomb ? error.message : PARTLY;
  }
  const truncated = note !== undefined || total > seen.length;
  const entries: ArchiveEntry[] = together(seen).map(({ path, size, directory }) =>
    shown(path, size, directory, false),
  );
  return { listing: { entries, total, truncated, ...(note ? { note } : {}) }, complete: note === undefined };
}

/** One file: its name stands in the header, its size modulo 4 GiB at the end. */
async function listGzip(source: ByteSource): Promise<Listed> {
  const head = await readHead(source, 4096);
  const flags = head[3] ?? 0;
  let at = 10;
  if (flags & 4) at += 2 + (head[10] ?? 0) + 256 * (head[11] ?? 0);
  const end = head.indexOf(0, at);
  const path = flags & 8 && end > at ? textOf(head.subarray(at, end)) : "content";
  if (source.size < 18) throw new Unpreviewable(DAMAGED);
  const tail = await source.read(source.size - 4, source.size);
  const stated = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  // A size that is less than what it is packed into has gone round, or is of the last of several.
  const known = source.size < 2 ** 30 && stated > source.size * 0.9 - 1024;
  const entry = shown(path, known ? stated : undefined, false, false);
  return { listing: { entries: [entry], total: 1, truncated: false }, complete: true };
}

const textOf = (raw: Uint8Array): string => asUtf8(raw) ?? decodeNames([raw])[0] ?? "content";

async function* watched(chunks: AsyncIterable<Uint8Array>, seen: (bytes: number) => void) {
  for await (const chunk of chunks) {
    seen(chunk.length);
    yield chunk;
  }
}

const isZlibError = (error: unknown): boolean =>
  error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");
