import type { EntityItem } from "electrodb";
import { isConditionFailed } from "#lib/db/errors.ts";
import { db } from "#lib/db/service.ts";
import { InvalidInput } from "#lib/kernel/errors.ts";
import { chunkOf, FILES_PER_CHUNK, type FileEntity } from "./file.entity.ts";
import { FileNotFound } from "./file.errors.ts";
import type { FileView, Page } from "./file.schema.ts";

export type FileRow = EntityItem<typeof FileEntity>;

/** Where files live: of a transfer's header only what finds its files. */
export type FilesOf = { workspaceId: string; id: string; nextOrdinal: number };

export const viewFile = (row: FileRow): FileView => ({
  ordinal: row.ordinal,
  path: row.path,
  size: row.size,
  type: row.type,
  state: row.state,
});

/** The files from ordinal `from` on, as many as `limit` and the chunk hold, in order. */
async function readChunk(of: FilesOf, from: number, limit: number): Promise<FileRow[]> {
  const { data } = await db()
    .entities.file.query.inTransfer({ workspaceId: of.workspaceId, transferId: of.id, chunk: chunkOf(from) })
    .gte({ ordinal: from })
    .go({ pages: "all", limit });
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

/** Every file of a transfer, a chunk at a time. */
export async function* allFileRows(of: FilesOf): AsyncGenerator<FileRow> {
  for (let from = 0; from < of.nextOrdinal; from += FILES_PER_CHUNK) yield* await readChunk(of, from, FILES_PER_CHUNK);
}

const keyOf = (of: FilesOf, ordinal: number) => ({
  workspaceId: of.workspaceId,
  transferId: of.id,
  ordinal,
  chunk: chunkOf(ordinal),
});

export async function getFileRow(of: FilesOf, ordinal: number): Promise<FileRow> {
  const { data } = await db().entities.file.get(keyOf(of, ordinal)).go();
  if (!data) throw new FileNotFound();
  return data;
}

/** Several files at once, in the order asked for; FileNotFound when one is missing. */
export async function getFileRows(of: FilesOf, ordinals: number[]): Promise<FileRow[]> {
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

/** A row before it is known in which partition it lies. */
export type NewFile = Omit<FileRow, "chunk">;

/** Writes new rows in batches of 25; what DynamoDB leaves unprocessed is written again, three times at most. */
export async function putFileRows(rows: NewFile[]): Promise<void> {
  let left = rows.map((row): FileRow => ({ ...row, chunk: chunkOf(row.ordinal) }));
  for (let round = 0; left.length > 0; round++) {
    if (round > 3) throw new Error(`DynamoDB left ${left.length} of ${rows.length} files unwritten.`);
    const { unprocessed } = await db().entities.file.put(left).go({ concurrency: 8 });
    const again = new Set(unprocessed.map((key) => key.ordinal));
    left = left.filter((row) => again.has(row.ordinal));
  }
}

/** Writes `changes` if the file is in one of `states`; answers false when it is not. */
export async function updateFileRow(
  row: FileRow,
  states: FileRow["state"][],
  changes: Partial<Pick<FileRow, "state" | "uploadId" | "crc64" | "storedAt">>,
): Promise<boolean> {
  return await held(() =>
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

/** Back to a reservation, when S3 knows the row's upload no more; answers false when the row has moved on. */
export async function forgetUpload(row: FileRow): Promise<boolean> {
  return await held(() =>
    patch(row)
      .set({ state: "reserved" })
      .remove(["uploadId"])
      .where((at, is) => `${is.eq(at.state, "uploading")} AND ${is.eq(at.uploadId, row.uploadId ?? "")}`)
      .go(),
  );
}

const patch = ({ workspaceId, transferId, ordinal, chunk }: FileRow) =>
  db().entities.file.patch({ workspaceId, transferId, ordinal, chunk });

/** Whether the write's condition held. */
async function held(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
}

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
