/**
 * The index of buckets, objects, uploads and parts: one SQLite file in WAL mode. A file on disk is an object only
 * through its row. Every change is one transaction, so kill -9 leaves the old state or the new one.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Checksum, ChecksumAlgorithm, ChecksumType } from "./checksums.ts";

export type BucketRow = {
  name: string;
  created: number;
  cors: string | null;
  lifecycle: string | null;
  policy: string | null;
};

/**
 * Stored with an object as the client sent it. `headers` are content-type and similar; `meta` has names without the
 * prefix.
 */
export type ObjectProperties = {
  headers: Record<string, string>;
  meta: Record<string, string>;
  tags: Record<string, string>;
};

export type ObjectRow = ObjectProperties & {
  bucket: string;
  key: Buffer;
  /** Owner of the rows in `parts` that hold its bytes. */
  content: string;
  size: number;
  etag: string;
  modified: number;
  /** Number of parts of a multipart upload, 0 for an object that was put in one piece. */
  partCount: number;
  checksum: Checksum | undefined;
};

export type UploadRow = ObjectProperties & {
  id: string;
  bucket: string;
  key: Buffer;
  created: number;
  algorithm: ChecksumAlgorithm | undefined;
  type: ChecksumType | undefined;
};

export type PartRow = {
  number: number;
  file: string;
  size: number;
  etag: string;
  modified: number;
  checksum: { algorithm: ChecksumAlgorithm; value: string } | undefined;
};

/** An object as a listing shows it. */
export type ListedObject = {
  key: Buffer;
  size: number;
  etag: string;
  modified: number;
  checksum: Checksum | undefined;
};

export type ObjectCreated = "ObjectCreated:Put" | "ObjectCreated:Copy" | "ObjectCreated:CompleteMultipartUpload";

/** What the notification of a new object needs. */
export type Note = {
  name: ObjectCreated;
  bucket: string;
  key: string;
  size: number;
  etag: string;
  at: number;
  configuration: string;
};

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created INTEGER NOT NULL, cors TEXT, lifecycle TEXT, policy TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key BLOB NOT NULL, content TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified INTEGER NOT NULL, part_count INTEGER NOT NULL, checksum TEXT, properties TEXT NOT NULL,
    PRIMARY KEY (bucket, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, created INTEGER NOT NULL,
    algorithm TEXT, type TEXT, properties TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads (bucket, key, created, id);
  CREATE TABLE IF NOT EXISTS parts (
    content TEXT NOT NULL, number INTEGER NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified INTEGER NOT NULL, checksum TEXT, PRIMARY KEY (content, number)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS conflicts (upload TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS loose (file TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT NOT NULL);
`;

const FILE = "index.sqlite";

/** Greater than every key, because UTF-8 does not contain this byte. */
export const AFTER_ALL_KEYS: Buffer = Buffer.from([0xff]);

export class Index {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Waits up to five seconds until another process releases the same folder, then throws. */
  constructor(dataDir: string) {
    this.#db = new DatabaseSync(join(dataDir, FILE), { timeout: 5000 });
    // Exclusive: a second engine on the same folder would delete our unfinished files as leftovers.
    this.#db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    this.transaction(() => {
      this.#db.exec(SCHEMA);
      // For home folders from before buckets had policies.
      const columns = this.#db.prepare("SELECT name FROM pragma_table_info('buckets')").all();
      if (!columns.some(({ name }) => name === "policy")) this.#db.exec("ALTER TABLE buckets ADD COLUMN policy TEXT");
    });
  }

  get isOpen(): boolean {
    return this.#db.isOpen;
  }

  close(): void {
    this.#db.close();
  }

  transaction<T>(work: () => T): T {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  // Loose files: being written, or no longer in use. A crash leaves exactly these behind.

  addLoose(file: string): void {
    this.#run("INSERT OR IGNORE INTO loose (file) VALUES (?)", file);
  }

  /** Marks the file as in use. Throws when the journal does not know it. */
  claim(file: string): void {
    if (this.#run("DELETE FROM loose WHERE file = ?", file) !== 1)
      throw new Error("a file was claimed that is not there");
  }

  forgetLoose(files: readonly string[]): void {
    this.transaction(() => {
      for (const file of files) this.#run("DELETE FROM loose WHERE file = ?", file);
    });
  }

  listLoose(): string[] {
    return this.#all("SELECT file FROM loose").map((row) => text(row["file"]));
  }

  // Buckets

  findBucket(name: string): BucketRow | undefined {
    const row = this.#all("SELECT * FROM buckets WHERE name = ?", name)[0];
    return row && toBucket(row);
  }

  listBuckets(): BucketRow[] {
    return this.#all("SELECT * FROM buckets ORDER BY name").map(toBucket);
  }

  createBucket(name: string, created: number): void {
    this.#run("INSERT OR IGNORE INTO buckets (name, created) VALUES (?, ?)", name, created);
  }

  configureBucket(name: string, setting: "cors" | "lifecycle" | "policy", value: string | null): void {
    this.#run(`UPDATE buckets SET ${setting} = ? WHERE name = ?`, value, name);
  }

  isBucketEmpty(name: string): boolean {
    return this.#all("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", name).length === 0;
  }

  deleteBucket(name: string): void {
    this.#run("DELETE FROM buckets WHERE name = ?", name);
  }

  // Objects

  findObject(bucket: string, key: Buffer): ObjectRow | undefined {
    const row = this.#all("SELECT * FROM objects WHERE bucket = ? AND key = ?", bucket, key)[0];
    return row && toObject(row);
  }

  putObject(row: ObjectRow): void {
    const { headers, meta, tags } = row;
    this.#run(
      "INSERT OR REPLACE INTO objects (bucket, key, content, size, etag, modified, part_count, checksum, properties) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row.bucket,
      row.key,
      row.content,
      row.size,
      row.etag,
      row.modified,
      row.partCount,
      row.checksum ? JSON.stringify(row.checksum) : null,
      JSON.stringify({ headers, meta, tags }),
    );
  }

  deleteObject(bucket: string, key: Buffer): void {
    this.#run("DELETE FROM objects WHERE bucket = ? AND key = ?", bucket, key);
  }

  /** Keys from `from` (inclusive) to `to` (exclusive), in the order of their UTF-8 bytes. */
  listObjects(bucket: string, from: Buffer, to: Buffer, limit: number): ListedObject[] {
    return this.#all(
      "SELECT key, size, etag, modified, checksum FROM objects WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?",
      bucket,
      from,
      to,
      limit,
    ).map((row) => ({
      key: bytes(row["key"]),
      size: Number(row["size"]),
      etag: text(row["etag"]),
      modified: Number(row["modified"]),
      checksum: parseJson<Checksum>(row["checksum"]),
    }));
  }

  listObjectsOlderThan(bucket: string, prefix: string, before: number): Buffer[] {
    const start = Buffer.from(prefix);
    return this.#all(
      "SELECT key FROM objects WHERE bucket = ? AND key >= ? AND key < ? AND modified < ?",
      bucket,
      start,
      afterPrefix(start),
      before,
    ).map((row) => bytes(row["key"]));
  }

  // Uploads and parts

  findUpload(bucket: string, key: Buffer, id: string): UploadRow | undefined {
    const row = this.#all("SELECT * FROM uploads WHERE id = ? AND bucket = ? AND key = ?", id, bucket, key)[0];
    return row && toUpload(row);
  }

  putUpload(row: UploadRow): void {
    const { headers, meta, tags } = row;
    this.#run(
      "INSERT INTO uploads (id, bucket, key, created, algorithm, type, properties) VALUES (?, ?, ?, ?, ?, ?, ?)",
      row.id,
      row.bucket,
      row.key,
      row.created,
      row.algorithm ?? null,
      row.type ?? null,
      JSON.stringify({ headers, meta, tags }),
    );
  }

  deleteUpload(id: string): void {
    this.#run("DELETE FROM uploads WHERE id = ?", id);
    this.#run("DELETE FROM conflicts WHERE upload = ?", id);
  }

  /**
   * Conditional completions of uploads to this key will fail from now on. Inside the transaction that deletes its
   * object.
   */
  noteConflicts(bucket: string, key: Buffer): void {
    this.#run("INSERT OR IGNORE INTO conflicts SELECT id FROM uploads WHERE bucket = ? AND key = ?", bucket, key);
  }

  hasConflict(uploadId: string): boolean {
    return this.#all("SELECT 1 FROM conflicts WHERE upload = ?", uploadId).length > 0;
  }

  /** By key, then by age. Starts after the upload `marker`; if the marker has no id, after all uploads of its key. */
  listUploads(
    bucket: string,
    from: Buffer,
    to: Buffer,
    marker: { key: Buffer; created: number; id: string } | undefined,
    limit: number,
  ): UploadRow[] {
    const after = marker ?? { key: Buffer.alloc(0), created: -1, id: "" };
    return this.#all(
      "SELECT * FROM uploads WHERE bucket = ? AND key >= ? AND key < ? AND (key, created, id) > (?, ?, ?) ORDER BY key, created, id LIMIT ?",
      bucket,
      from,
      to,
      after.key,
      after.created,
      after.id,
      limit,
    ).map(toUpload);
  }

  listUploadsOlderThan(bucket: string, prefix: string, before: number): UploadRow[] {
    const start = Buffer.from(prefix);
    return this.#all(
      "SELECT * FROM uploads WHERE bucket = ? AND key >= ? AND key < ? AND created < ?",
      bucket,
      start,
      afterPrefix(start),
      before,
    ).map(toUpload);
  }

  /** In the order of their numbers, from the one after `afterNumber`. */
  listParts(content: string, afterNumber = 0, limit = 10_000): PartRow[] {
    return this.#all(
      "SELECT * FROM parts WHERE content = ? AND number > ? ORDER BY number LIMIT ?",
      content,
      afterNumber,
      limit,
    ).map((row) => ({
      number: Number(row["number"]),
      file: text(row["file"]),
      size: Number(row["size"]),
      etag: text(row["etag"]),
      modified: Number(row["modified"]),
      checksum: parseJson<{ algorithm: ChecksumAlgorithm; value: string }>(row["checksum"]),
    }));
  }

  /** Stores a finished file as this part and returns the file that was there before. Inside a transaction. */
  putPart(content: string, part: PartRow): string[] {
    const before = this.#all("SELECT file FROM parts WHERE content = ? AND number = ?", content, part.number).map(
      (row) => text(row["file"]),
    );
    for (const file of before) this.addLoose(file);
    this.claim(part.file);
    this.#run(
      "INSERT OR REPLACE INTO parts (content, number, file, size, etag, modified, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)",
      content,
      part.number,
      part.file,
      part.size,
      part.etag,
      part.modified,
      part.checksum ? JSON.stringify(part.checksum) : null,
    );
    return before;
  }

  /** Removes the parts from their owner and returns their files, which are loose then. Inside a transaction. */
  dropParts(content: string, isWanted: (number: number) => boolean = () => false): string[] {
    const dropped = this.listParts(content).filter((part) => !isWanted(part.number));
    for (const part of dropped) {
      this.addLoose(part.file);
      this.#run("DELETE FROM parts WHERE content = ? AND number = ?", content, part.number);
    }
    return dropped.map((part) => part.file);
  }

  // Notifications that nobody has confirmed yet

  addNotification(note: Note): void {
    this.#run("INSERT INTO outbox (note) VALUES (?)", JSON.stringify(note));
  }

  listNotifications(after: number, limit: number): (Note & { id: number })[] {
    return this.#all("SELECT id, note FROM outbox WHERE id > ? ORDER BY id LIMIT ?", after, limit).flatMap((row) => {
      const note = parseJson<Note>(row["note"]);
      return note ? [{ ...note, id: Number(row["id"]) }] : [];
    });
  }

  forgetNotifications(ids: readonly number[]): void {
    this.transaction(() => {
      for (const id of ids) this.#run("DELETE FROM outbox WHERE id = ?", id);
    });
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#statement(sql).all(...values);
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }
}

/**
 * Whether an engine that has ended left undelivered notifications. Also true when another process has the folder,
 * because it may leave some.
 */
export function hasNotifications(dataDir: string): boolean {
  if (!existsSync(join(dataDir, FILE))) return false;
  const database = new DatabaseSync(join(dataDir, FILE), { timeout: 0 });
  try {
    const table = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").get();
    return table !== undefined && database.prepare("SELECT 1 FROM outbox LIMIT 1").get() !== undefined;
  } catch (error) {
    if (error instanceof Error && /locked|busy/.test(error.message)) return true;
    throw error;
  } finally {
    database.close();
  }
}

/** The least byte string that is greater than all strings with this prefix. */
export function afterPrefix(prefix: Buffer): Buffer {
  if (prefix.length === 0) return AFTER_ALL_KEYS;
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  return end;
}

const text = (value: unknown): string => String(value);
const bytes = (value: unknown): Buffer =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.alloc(0);
const nullable = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Guarantee: only this file writes the rows, so they have this shape. */
function parseJson<T>(value: unknown): T | undefined {
  return typeof value === "string" ? (JSON.parse(value) as T) : undefined;
}

const properties = (value: unknown): ObjectProperties =>
  parseJson<ObjectProperties>(value) ?? { headers: {}, meta: {}, tags: {} };

const toBucket = (row: Record<string, unknown>): BucketRow => ({
  name: text(row["name"]),
  created: Number(row["created"]),
  cors: nullable(row["cors"]),
  lifecycle: nullable(row["lifecycle"]),
  policy: nullable(row["policy"]),
});

const toObject = (row: Record<string, unknown>): ObjectRow => ({
  ...properties(row["properties"]),
  bucket: text(row["bucket"]),
  key: bytes(row["key"]),
  content: text(row["content"]),
  size: Number(row["size"]),
  etag: text(row["etag"]),
  modified: Number(row["modified"]),
  partCount: Number(row["part_count"]),
  checksum: parseJson<Checksum>(row["checksum"]),
});

const toUpload = (row: Record<string, unknown>): UploadRow => ({
  ...properties(row["properties"]),
  id: text(row["id"]),
  bucket: text(row["bucket"]),
  key: bytes(row["key"]),
  created: Number(row["created"]),
  algorithm: (row["algorithm"] ?? undefined) as ChecksumAlgorithm | undefined,
  type: (row["type"] ?? undefined) as ChecksumType | undefined,
});
