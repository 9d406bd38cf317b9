/**
 * The table's stream as Lambda's event source: woken by writes alone, it reads dynoxide's own table of records, hands those
 * that pass the filter to the function in their order, and keeps on disk how far it came. A batch that fails is halved;
 * a record that keeps failing is set aside, so that those behind it go on.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { functionArn } from "../../core/arns.ts";
import { ServiceError } from "../../core/aws-service.ts";
import { openDatabase, type Row } from "../../core/database.ts";
import type { EngineStatus } from "../../core/supervisor.ts";
import { createTimer } from "../../core/timer.ts";
import type { Functions } from "../lambda/functions.ts";
import { type FilterPattern, passesFilter } from "./stream-filter.ts";

export type StreamOptions = {
  /** Where it keeps its position. */
  file: string;
  /** Dynoxide's file. */
  tableFile: string;
  tableName: string;
  region: string;
  functionName: string;
  functions: Pick<Functions, "invoke">;
  filter: readonly FilterPattern[];
  /** Tries of a single record after the first. */
  retries: number;
  /** Milliseconds before the first of them; doubled each time, up to a minute. */
  retryMs: number;
  /** Takes the record of what was given up. */
  onFailure: (record: object) => void;
  onError: (message: string) => void;
};

export type StreamReader = {
  /** There may be new records. */
  wake(): void;
  status(): EngineStatus;
  close(): Promise<void>;
};

type StreamRecord = ReturnType<typeof toRecord>;
/** A record that passed, and the position once it is done with. */
type Item = { record: StreamRecord; position: number };

const BATCH = 100;
const READ = 500;
/** Writes come in bursts; the reader waits that long for the next. */
const GATHER_MS = 20;
const LONGEST_RETRY_MS = 60_000;
/** When it could not read, or not call at all. */
const TROUBLE_MS = 5000;
const SCHEMA = `CREATE TABLE IF NOT EXISTS positions (stream TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;`;

export function createStreamReader(options: StreamOptions): StreamReader {
  const { tableFile, tableName, region, functionName, functions, filter, retries, retryMs, onFailure, onError } =
    options;
  const positions = openDatabase(options.file, SCHEMA);
  const closing = new AbortController();
  const closed = (): boolean => closing.signal.aborted;
  const again = createTimer(wake);
  let running: Promise<void> | undefined;
  let woken = false;
  let lastUsedAt: number | undefined;

  function wake(): void {
    woken = true;
    if (closed() || running) return;
    running = readAll()
      .catch((error: unknown) => {
        if (closed()) return;
        onError(`stream: ${error instanceof Error ? error.message : String(error)}`);
        again.set(Date.now() + TROUBLE_MS);
      })
      .finally(() => {
        running = undefined;
      });
  }

  async function readAll(): Promise<void> {
    while (woken) {
      woken = false;
      await delay(GATHER_MS, undefined, { signal: closing.signal });
      if (!existsSync(tableFile)) return;
      const table = new DatabaseSync(tableFile, { readOnly: true, timeout: 5000 });
      try {
        const stream = labelOf(table, tableName);
        while (stream && (await readSome(table, stream)));
      } finally {
        table.close();
      }
    }
  }

  /** False when there was nothing more. */
  async function readSome(table: DatabaseSync, stream: string): Promise<boolean> {
    const from = Number(positions.get("SELECT position FROM positions WHERE stream = ?", stream)?.["position"] ?? 0);
    const rows = table
      .prepare("SELECT * FROM _stream_records WHERE id > ? AND table_name = ? ORDER BY id LIMIT ?")
      .all(from, tableName, READ);
    const last = rows.at(-1);
    if (!last) return false;
    const keep = (position: number): void => {
      positions.run("INSERT OR REPLACE INTO positions VALUES (?, ?)", stream, position);
    };
    const items = rows
      .map((row) => ({ record: toRecord(row, region, tableName, stream), position: Number(row["id"]) }))
      .filter(({ record }) => passesFilter(filter, record));
    for (let at = 0; at < items.length; at += BATCH) await deliver(items.slice(at, at + BATCH), keep);
    keep(Number(last["id"]));
    return true;
  }

  async function deliver(items: Item[], keep: (position: number) => void): Promise<void> {
    const failure = await attempt(items);
    if (failure && items.length > 1) {
      const half = Math.ceil(items.length / 2);
      await deliver(items.slice(0, half), keep);
      await deliver(items.slice(half), keep);
      return;
    }
    if (failure) await insist(items, failure);
    keep(items.at(-1)?.position ?? 0);
  }

  /** Tries a single record again, and sets it aside in the end. */
  async function insist(items: Item[], first: Failure): Promise<void> {
    let failure: Failure | undefined = first;
    for (let tries = 0; failure && tries < retries; tries += 1) {
      await delay(Math.min(retryMs * 2 ** tries, LONGEST_RETRY_MS), undefined, { signal: closing.signal });
      failure = await attempt(items);
    }
    if (failure) onFailure(failureRecord(items, failure, retries + 1));
  }

  type Failure = { requestId: string };

  /** What went wrong, or undefined. Throws when the reader is closed, so that nothing is taken for done. */
  async function attempt(items: Item[]): Promise<Failure | undefined> {
    closing.signal.throwIfAborted();
    lastUsedAt = Date.now();
    const requestId = randomUUID();
    const event = { Records: items.map(({ record }) => record) };
    const failed = await functions.invoke(functionName, event, requestId).then(
      (answer) => answer.failed,
      (error: unknown) => {
        if (error instanceof ServiceError) return true;
        throw error;
      },
    );
    closing.signal.throwIfAborted();
    return failed ? { requestId } : undefined;
  }

  function failureRecord(items: Item[], { requestId }: Failure, invokeCount: number): object {
    const [first, last] = [items[0]?.record, items.at(-1)?.record];
    const at = (record: StreamRecord | undefined): string =>
      new Date((record?.dynamodb.ApproximateCreationDateTime ?? 0) * 1000).toISOString();
    return {
      requestContext: {
        requestId,
        functionArn: functionArn(region, functionName),
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: invokeCount,
      },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      version: "1.0",
      timestamp: new Date().toISOString(),
      DDBStreamBatchInfo: {
        shardId: "shardId-00000000000000000000-local",
        startSequenceNumber: first?.dynamodb.SequenceNumber,
        endSequenceNumber: last?.dynamodb.SequenceNumber,
        approximateArrivalOfFirstRecord: at(first),
        approximateArrivalOfLastRecord: at(last),
        batchSize: items.length,
        streamArn: first?.eventSourceARN,
      },
    };
  }

  return {
    wake,
    status: () => ({
      name: "stream",
      state: running ? "awake" : "asleep",
      pids: [],
      inFlight: running ? 1 : 0,
      ...(lastUsedAt ? { lastUsedAt } : {}),
    }),
    async close() {
      closing.abort();
      again.set(undefined);
      await running;
      positions.close();
    },
  };
}

/** A stream is known by its label, which another table of this name will not have. */
function labelOf(table: DatabaseSync, tableName: string): string | undefined {
  const has = table.prepare("SELECT 1 FROM sqlite_master WHERE name = '_stream_records'").get();
  const row = has && table.prepare("SELECT stream_label FROM _tables WHERE table_name = ?").get(tableName);
  return row?.["stream_label"] == null ? undefined : String(row["stream_label"]);
}

const parse = (json: unknown): Record<string, unknown> | undefined =>
  typeof json === "string" ? (JSON.parse(json) as Record<string, unknown>) : undefined;

/** As in a Lambda event. Numbers of records are dynoxide's ids, since its sequence begins anew when all are trimmed. */
function toRecord(row: Row, awsRegion: string, tableName: string, stream: string) {
  const SequenceNumber = String(row["id"]).padStart(21, "0");
  const [NewImage, OldImage, identity] = [row["new_image"], row["old_image"], row["user_identity"]].map(parse);
  return {
    eventID: `${stream}-${SequenceNumber}`.replaceAll(/[^0-9a-zA-Z]/g, "").toLowerCase(),
    eventName: String(row["event_name"]),
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion,
    dynamodb: {
      ApproximateCreationDateTime: Number(row["created_at"]),
      Keys: parse(row["keys_json"]) ?? {},
      ...(NewImage ? { NewImage } : {}),
      ...(OldImage ? { OldImage } : {}),
      SequenceNumber,
      SizeBytes: [row["keys_json"], row["new_image"], row["old_image"]].reduce<number>(
        (sum, json) => sum + Buffer.byteLength(typeof json === "string" ? json : ""),
        0,
      ),
      StreamViewType: "NEW_AND_OLD_IMAGES",
    },
    eventSourceARN: `arn:aws:dynamodb:${awsRegion}:000000000000:table/${tableName}/stream/${stream}`,
    ...(identity ? { userIdentity: identity } : {}),
  };
}
