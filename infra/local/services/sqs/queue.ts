/** A standard queue on disk: a received message is hidden for a while, and visible again if it was not deleted. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { type Database, openDatabase, type Row } from "../../core/database.ts";
import type { Ledger } from "../../core/ledger.ts";

export type MessageAttribute = {
  DataType: string;
  StringValue?: string;
  /** Base64. */
  BinaryValue?: string;
};
export type MessageAttributes = Record<string, MessageAttribute>;

export type ReceivedMessage = {
  messageId: string;
  receiptHandle: string;
  body: string;
  md5OfBody: string;
  messageAttributes: MessageAttributes;
  /** Milliseconds as text, as SQS has them. */
  attributes: {
    SenderId: string;
    SentTimestamp: string;
    ApproximateReceiveCount: string;
    ApproximateFirstReceiveTimestamp: string;
  };
};

export type QueueSettings = { name: string; visibilitySeconds: number; retentionSeconds: number };

export type Queue = QueueSettings & {
  created: number;
  send(body: string, options?: { attributes?: MessageAttributes; delaySeconds?: number }): string;
  /** Receives up to this many visible messages, the oldest first, and hides them. */
  receive(most: number, visibilitySeconds?: number): ReceivedMessage[];
  /** Deletes nothing when the message was received again since this handle. */
  remove(receiptHandles: readonly string[]): void;
  /** False when there is no message with this handle. */
  changeVisibility(receiptHandle: string, seconds: number): boolean;
  counts(): { visible: number; hidden: number; delayed: number };
  /** When the next hidden message becomes visible, in milliseconds since 1970. */
  nextVisible(): number | undefined;
  purge(): void;
  /** Calls `listener` when there may be more messages. Returns a function that ends this. */
  onMessage(listener: () => void): () => void;
  /** Writes a call into the ledger; each 64 KiB of payload counts as a request. */
  bill(operation: string, bytes: number): void;
};

const SENDER = "AROALOCALLOCALLOCALL:dormouse";
const BILLED_BYTES = 64 * 1024;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, created INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    attributes TEXT NOT NULL, sent INTEGER NOT NULL, visible INTEGER NOT NULL, received INTEGER NOT NULL,
    first_received INTEGER, receipt TEXT);
  CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible);
  CREATE INDEX IF NOT EXISTS messages_by_receipt ON messages (receipt);
`;

export const md5 = (text: string | Buffer): string => createHash("md5").update(text).digest("hex");

/** One file for all queues. */
export const openQueues = (file: string): Database => openDatabase(file, SCHEMA);

export function createQueue(database: Database, settings: QueueSettings, ledger: Ledger): Queue {
  const { name, visibilitySeconds, retentionSeconds } = settings;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  database.run("INSERT OR IGNORE INTO queues VALUES (?, ?)", name, Date.now());

  function receive(most: number, seconds = visibilitySeconds): ReceivedMessage[] {
    const now = Date.now();
    return database.transaction(() => {
      database.run("DELETE FROM messages WHERE queue = ? AND sent < ?", name, now - retentionSeconds * 1000);
      const rows = database.all(
        "SELECT * FROM messages WHERE queue = ? AND visible <= ? ORDER BY number LIMIT ?",
        name,
        now,
        most,
      );
      return rows.map((row) => {
        const receipt = randomBytes(48).toString("base64");
        database.run(
          "UPDATE messages SET visible = ?, received = received + 1, first_received = coalesce(first_received, ?), receipt = ? WHERE number = ?",
          now + seconds * 1000,
          now,
          receipt,
          Number(row["number"]),
        );
        return toMessage(row, receipt, now);
      });
    });
  }

  return {
    ...settings,
    created: Number(database.get("SELECT created FROM queues WHERE name = ?", name)?.["created"]),
    send(body, { attributes = {}, delaySeconds = 0 } = {}) {
      const id = randomUUID();
      const now = Date.now();
      database.run(
        "INSERT INTO messages (queue, id, body, attributes, sent, visible, received) VALUES (?, ?, ?, ?, ?, ?, 0)",
        name,
        id,
        body,
        JSON.stringify(attributes),
        now,
        now + delaySeconds * 1000,
      );
      tell();
      return id;
    },
    receive,
    remove(receiptHandles) {
      for (const handle of receiptHandles)
        database.run("DELETE FROM messages WHERE queue = ? AND receipt = ?", name, handle);
    },
    changeVisibility(receiptHandle, seconds) {
      const changed = database.run(
        "UPDATE messages SET visible = ? WHERE queue = ? AND receipt = ?",
        Date.now() + seconds * 1000,
        name,
        receiptHandle,
      );
      tell();
      return changed > 0;
    },
    counts() {
      const row = database.get(
        "SELECT count(*) FILTER (WHERE visible <= ?1) AS visible, count(*) FILTER (WHERE visible > ?1 AND received > 0) AS hidden, count(*) FILTER (WHERE visible > ?1 AND received = 0) AS delayed FROM messages WHERE queue = ?2",
        Date.now(),
        name,
      );
      return { visible: Number(row?.["visible"]), hidden: Number(row?.["hidden"]), delayed: Number(row?.["delayed"]) };
    },
    nextVisible() {
      const row = database.get("SELECT min(visible) AS next FROM messages WHERE queue = ?", name);
      return row?.["next"] == null ? undefined : Number(row["next"]);
    },
    purge() {
      database.run("DELETE FROM messages WHERE queue = ?", name);
    },
    onMessage(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    bill(operation, bytes) {
      const units = { requests: Math.max(1, Math.ceil(bytes / BILLED_BYTES)) };
      ledger({ service: "sqs", operation, resource: name, units, ms: 0 });
    },
  };
}

function toMessage(row: Row, receiptHandle: string, now: number): ReceivedMessage {
  const body = String(row["body"]);
  return {
    messageId: String(row["id"]),
    receiptHandle,
    body,
    md5OfBody: md5(body),
    messageAttributes: JSON.parse(String(row["attributes"])) as MessageAttributes,
    attributes: {
      SenderId: SENDER,
      SentTimestamp: String(row["sent"]),
      ApproximateReceiveCount: String(Number(row["received"]) + 1),
      ApproximateFirstReceiveTimestamp: String(row["first_received"] ?? now),
    },
  };
}
