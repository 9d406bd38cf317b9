/**
 * Everything that the local cloud knows of dynoxide's own SQLite file. The file is no API: its tables and columns may
 * change with any version, and a test fails when they do. The engine may write to the file at the same time.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export const databaseFile = (home: string): string => join(home, "data", "dynamodb", "dynamodb.sqlite");

/** Attributes by name, as DynamoDB's JSON has them: `{ pk: { S: "a" } }`. */
type Attributes = Record<string, unknown>;

export type FileRecord = {
  /** Grows with every record. Dynoxide's own sequence numbers begin at 1 again when all records have been deleted. */
  id: number;
  eventName: string;
  /** Seconds since 1970. */
  createdAt: number;
  keys: Attributes;
  newImage: Attributes | undefined;
  oldImage: Attributes | undefined;
  userIdentity: Attributes | undefined;
  /** Keys and images of the item, as JSON. */
  bytes: number;
};

export type FileStream = {
  /** The label identifies a stream: a later table of the same name has another label. */
  label: string;
  /** The records after that id, oldest first. */
  read(after: number, limit: number): FileRecord[];
  close(): void;
};

/** Whether anything has ever been written to the table. Does not start the engine. */
export function tableIsEmpty(file: string, tableName: string): boolean {
  if (!existsSync(file)) return true;
  return withDatabase(
    file,
    (database) =>
      !hasTable(database, tableName) || database.prepare(`SELECT 1 FROM "${tableName}" LIMIT 1`).get() === undefined,
    true,
  );
}

/** The stream of a table; undefined before there is one. */
export function openStream(file: string, tableName: string): FileStream | undefined {
  if (!existsSync(file)) return undefined;
  const database = openFile(file, true);
  try {
    const row =
      hasTable(database, "_stream_records") &&
      database.prepare("SELECT stream_label FROM _tables WHERE table_name = ?").get(tableName);
    if (row && row["stream_label"] !== null) {
      const records = database.prepare(
        `SELECT id, event_name, created_at, keys_json, new_image, old_image, user_identity FROM _stream_records
         WHERE id > ? AND table_name = ? ORDER BY id LIMIT ?`,
      );
      return {
        label: String(row["stream_label"]),
        read: (after, limit) => records.all(after, tableName, limit).map(toFileRecord),
        close: () => database.close(),
      };
    }
  } catch (error) {
    database.close();
    throw error;
  }
  database.close();
  return undefined;
}

function toFileRecord(row: Record<string, unknown>): FileRecord {
  const texts = ["keys_json", "new_image", "old_image"].map((name) => row[name]);
  const [keys, newImage, oldImage, userIdentity] = [...texts, row["user_identity"]].map((json) =>
    typeof json === "string" ? (JSON.parse(json) as Attributes) : undefined,
  );
  return {
    id: Number(row["id"]),
    eventName: String(row["event_name"]),
    createdAt: Number(row["created_at"]),
    keys: keys ?? {},
    newImage,
    oldImage,
    userIdentity,
    bytes: texts.reduce<number>((sum, json) => sum + Buffer.byteLength(typeof json === "string" ? json : ""), 0),
  };
}

/**
 * Gives the stream's records an index and deletes those from before `oldest`, in seconds since 1970. Without an index
 * dynoxide's writes get slower as the stream grows, and dynoxide deletes no records itself.
 */
export function maintainStream(file: string, oldest: number): void {
  withDatabase(file, (database) => {
    if (!hasTable(database, "_stream_records")) return;
    // Left by a start that was interrupted.
    database.exec("DROP TRIGGER IF EXISTS dormouse_ttl");
    database.exec(
      "CREATE INDEX IF NOT EXISTS dormouse_stream ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    );
    database.prepare("DELETE FROM _stream_records WHERE created_at < ?").run(oldest);
  });
}

const IDENTITY = JSON.stringify({ type: "Service", principalId: "dynamodb.amazonaws.com" });

/** Marks deletions as those of TTL. The trigger exists only while TTL deletes, when nobody else writes. */
export function markDeletions(file: string, marks: boolean): void {
  withDatabase(file, (database) => {
    if (!marks) return database.exec("DROP TRIGGER IF EXISTS dormouse_ttl");
    if (!hasTable(database, "_stream_records")) return;
    database.exec(
      `CREATE TRIGGER IF NOT EXISTS dormouse_ttl AFTER INSERT ON _stream_records WHEN NEW.event_name = 'REMOVE'
       BEGIN UPDATE _stream_records SET user_identity = '${IDENTITY}' WHERE id = NEW.id; END`,
    );
  });
}

/** Items whose attribute (seconds since 1970) is between the two times; at most a thousand. */
export function dueItems(file: string, tableName: string, attribute: string, from: number, to: number): Attributes[] {
  const rows = withDatabase(file, (database) =>
    database
      .prepare(
        `SELECT item_json FROM "${tableName}" WHERE CAST(json_extract(item_json, '$.${attribute}.N') AS INTEGER) BETWEEN ? AND ? LIMIT 1000`,
      )
      .all(from, to),
  );
  return rows.map(({ item_json: json }) => JSON.parse(String(json)) as Attributes);
}

function openFile(file: string, readOnly = false): DatabaseSync {
  return new DatabaseSync(file, { readOnly, timeout: 5000 });
}

function withDatabase<R>(file: string, work: (database: DatabaseSync) => R, readOnly = false): R {
  const database = openFile(file, readOnly);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function hasTable(database: DatabaseSync, name: string): boolean {
  return database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(name) !== undefined;
}
