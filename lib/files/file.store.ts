import type { EntityItem } from "electrodb";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import { InvalidInput } from "#lib/kernel/errors.ts";
import { chunkOf, FILES_PER_CHUNK, type FileEntity, fileKey } from "./file.entity.ts";
import { FileNotFound } from "./file.errors.ts";
import type { FileFacts, Page, Rendition } from "./file.schema.ts";

export type FileRow = EntityItem<typeof FileEntity>;

/** The fields of a transfer's header that are needed to find its files. */
export type FilesOf = TransferOf & { nextOrdinal: number };
type TransferOf = { workspaceId: string; id: string };

/** The files from ordinal `from` on, at most `limit` and only of its chunk, in order. */
async function readChunk(of: FilesOf, from: number, limit: number, consistent = false): Promise<FileRow[]> {
  const { data } = await db()
    .entities.file.query.inTransfer({ workspaceId: of.workspaceId, transferId: of.id, chunk: chunkOf(from) })
    .gte({ ordinal: from })
    .go({ pages: "all", limit, consistent });
  return data;
}

/** A page of files in order. The cursor is the next ordinal; a page never crosses a chunk. */
export async function listFileRows(of: FilesOf, cursor?: string, limit = FILES_PER_CHUNK): Promise<Page<FileRow>> {
  if (cursor !== undefined && !/^\d{1,7}$/.test(cursor)) {
    throw new InvalidInput("This page of the list can't be opened. Start from its beginning.");
  }
  const from = Number(cursor ?? 0);
  if (from >= of.nextOrdinal) return { items: [] };
  const items = await readChunk(of, from, limit);
  const last = items.at(-1);
  const next = last && items.length >= limit ? last.ordinal + 1 : (chunkOf(from) + 1) * FILES_PER_CHUNK;
  return { items, ...(next < of.nextOrdinal ? { cursor: String(next) } : {}) };
}

/** The attributes for a list of all files: few, because there may be very many files. */
const SLIM = ["ordinal", "path", "size", "lastModified", "state", "notice", "downloads"] as const;
export type SlimRow = Pick<FileRow, (typeof SLIM)[number]>;

/** The files from one ordinal to another (excluded), in order; their chunks are read in parallel. */
export async function listSlimRows(of: FilesOf, from: number, to: number): Promise<SlimRow[]> {
  const chunks: Promise<{ data: SlimRow[] }>[] = [];
  for (let chunk = chunkOf(from); chunk * FILES_PER_CHUNK < to; chunk++) {
    const [first, last] = [Math.max(from, chunk * FILES_PER_CHUNK), Math.min(to, (chunk + 1) * FILES_PER_CHUNK) - 1];
    chunks.push(
      db()
        .entities.file.query.inTransfer({ workspaceId: of.workspaceId, transferId: of.id, chunk })
        .between({ ordinal: first }, { ordinal: last })
        .go({ pages: "all", attributes: [...SLIM] }),
    );
  }
  return (await Promise.all(chunks)).flatMap(({ data }) => data);
}

/** Every file of a transfer, one chunk at a time. `consistent`: with all earlier writes. */
export async function* allFileRows(of: FilesOf, { consistent = false } = {}): AsyncGenerator<FileRow> {
  for (let from = 0; from < of.nextOrdinal; from += FILES_PER_CHUNK) {
    yield* await readChunk(of, from, FILES_PER_CHUNK, consistent);
  }
}

const keyOf = (of: TransferOf, ordinal: number) => fileKey({ workspaceId: of.workspaceId, transferId: of.id, ordinal });

export async function getFileRow(of: TransferOf, ordinal: number): Promise<FileRow> {
  const { data } = await db().entities.file.get(keyOf(of, ordinal)).go();
  if (!data) throw new FileNotFound();
  return data;
}

/** Several files at once, in the given order. Throws FileNotFound when one is missing. */
export async function getFileRows(of: TransferOf, ordinals: number[]): Promise<FileRow[]> {
  const keys = [...new Set(ordinals)].map((ordinal) => keyOf(of, ordinal));
  const { data, unprocessed } = await db().entities.file.get(keys).go({ concurrency: 4 });
  if (unprocessed.length > 0) throw new Error(`DynamoDB left ${unprocessed.length} files unread.`);
  const found = new Map(data.map((row) => [row.ordinal, row]));
  return ordinals.map((ordinal) => {
    const row = found.get(ordinal);
    if (!row) throw new FileNotFound();
    return row;
  });
}

/** Those of several files that have rows, in order. */
export async function findFileRows(
  of: TransferOf,
  ordinals: number[],
  { consistent = false } = {},
): Promise<FileRow[]> {
  const keys = ordinals.map((ordinal) => keyOf(of, ordinal));
  const { data, unprocessed } = await db().entities.file.get(keys).go({ concurrency: 4, consistent });
  if (unprocessed.length > 0) throw new Error(`DynamoDB left ${unprocessed.length} files unread.`);
  return data.sort((a, b) => a.ordinal - b.ordinal);
}

/** A new row, without its partition. */
export type NewFile = Omit<FileRow, "chunk">;

export const rowOf = (file: NewFile): FileRow => ({ ...file, chunk: chunkOf(file.ordinal) });

/** Writes new rows in batches of 25. Rows that DynamoDB leaves unprocessed are written again, at most three times. */
export async function putFileRows(rows: NewFile[]): Promise<void> {
  let left = rows.map(rowOf);
  for (let round = 0; left.length > 0; round++) {
    if (round > 3) throw new Error(`DynamoDB left ${left.length} of ${rows.length} files unwritten.`);
    const { unprocessed } = await db().entities.file.put(left).go({ concurrency: 8 });
    const again = new Set(unprocessed.map((key) => key.ordinal));
    left = left.filter((row) => again.has(row.ordinal));
  }
}

/** Writes `changes` if the file is in one of `states`. Returns false when it is not. */
export async function updateFileRow(
  row: FileRow,
  states: FileRow["state"][],
  changes: Partial<Pick<FileRow, "state" | "uploadId" | "crc64" | "storedAt" | "notice" | "byHand">>,
): Promise<boolean> {
  return await conditionHeld(() =>
    patch(row)
      .set(changes)
      .where((at, is) => {
        const inState = `(${states.map((state) => is.eq(at.state, state)).join(" OR ")})`;
        const mine = row.uploadId ? is.eq(at.uploadId, row.uploadId) : is.notExists(at.uploadId);
        return `${inState} AND ${mine}`;
      })
      .go(),
  );
}

export type FileNotes = Partial<
  Pick<
    FileRow,
    | "state"
    | "kind"
    | "detectedType"
    | "scan"
    | "scanInParts"
    | "scanProblem"
    | "threat"
    | "sha256"
    | "notice"
    | "renditions"
    | "facts"
  >
>;

/** Removes undefined properties: ElectroDB's rows may have them, its writes may not. */
type Exact<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const defined = (
  notes: FileNotes,
): Partial<Pick<FileRow, "state">> & {
  renditions?: (Pick<Rendition, "name" | "type" | "bytes"> & Exact<Pick<Rendition, "width" | "height">>)[];
  facts?: Exact<FileFacts>;
} =>
  // Guarantee: a row is plain JSON, and JSON has no undefined.
  JSON.parse(JSON.stringify(notes));

/** Writes what a step found out about a file. Returns false when the file was cancelled or deleted meanwhile. */
export async function noteFile(row: FileRow, notes: FileNotes): Promise<boolean> {
  return await conditionHeld(() =>
    patch(row)
      .set(defined(notes))
      .where((at, is) => `${is.ne(at.state, "cancelled")} AND ${is.ne(at.state, "removed")}`)
      .go(),
  );
}

/**
 * Resets a file to its reservation, when S3 does not know its upload any more. Returns false when the row has changed.
 */
export async function resetUpload(row: FileRow): Promise<boolean> {
  return await conditionHeld(() =>
    patch(row)
      .set({ state: "reserved" })
      .remove(["uploadId"])
      .where((at, is) => `${is.eq(at.state, "uploading")} AND ${is.eq(at.uploadId, row.uploadId ?? "")}`)
      .go(),
  );
}

const patch = (row: FileRow) => db().entities.file.patch(fileKey(row));

/** Deletes every row of a transfer's files. */
export async function deleteFileRows(of: FilesOf): Promise<void> {
  for (let from = 0; from < of.nextOrdinal; from += FILES_PER_CHUNK) {
    const rows = await readChunk(of, from, FILES_PER_CHUNK);
    if (rows.length === 0) continue;
    const { unprocessed } = await db()
      .entities.file.delete(rows.map((row) => keyOf(of, row.ordinal)))
      .go({ concurrency: 8 });
    if (unprocessed.length > 0) throw new Error(`DynamoDB left ${unprocessed.length} files undeleted.`);
  }
}
