/**
 * The table's stream as Lambda's event source. It reads only after writes: it takes the records from dynoxide's file,
 * passes those that match the filter to the function in order, and keeps its position on disk. A batch that fails is
 * halved; a record that keeps failing goes to the queue of failed events, so that later records are not blocked.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { functionArn } from "../../core/arns.ts";
import { ServiceError } from "../../core/aws-service.ts";
import { openDatabase } from "../../core/database.ts";
import type { EngineStatus } from "../../core/supervisor.ts";
import { createTimer } from "../../core/timer.ts";
import type { Functions } from "../lambda/functions.ts";
import { type FileRecord, type FileStream, openStream } from "./dynoxide-file.ts";
import { type FilterPattern, passesFilter } from "./stream-filter.ts";

export type StreamOptions = {
  /** Where it stores its position. */
  file: string;
  /** Dynoxide's file. */
  tableFile: string;
  tableName: string;
  region: string;
  functionName: string;
  functions: Pick<Functions, "invoke">;
  filter: readonly FilterPattern[];
  /** Attempts of a single record after the first. */
  retries: number;
  /** Milliseconds before the first of them; doubled each time, up to a minute. */
  retryMs: number;
  /** Receives a record that was given up. */
  onFailure: (record: object) => void;
  onError: (message: string) => void;
};

export type StreamReader = {
  /** Says that there may be new records. */
  wake(): void;
  status(): EngineStatus;
  close(): Promise<void>;
};

type StreamRecord = ReturnType<typeof toRecord>;
/** A record that matched, and the position after it. */
type Item = { record: StreamRecord; position: number };

const BATCH = 100;
const READ = 500;
/** Writes come in bursts; the reader waits this long for the next. */
const GATHER_MS = 20;
const MAX_RETRY_MS = 60_000;
/** The pause after a read that failed, or a call that could not be made. */
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
      const stream = openStream(tableFile, tableName);
      if (!stream) return;
      try {
        while (await readSome(stream));
      } finally {
        stream.close();
      }
    }
  }

  /** False when there were no more records. */
  async function readSome({ label, read }: FileStream): Promise<boolean> {
    const from = Number(positions.get("SELECT position FROM positions WHERE stream = ?", label)?.["position"] ?? 0);
    const records = read(from, READ);
    const last = records.at(-1);
    if (!last) return false;
    const keep = (position: number): void => {
      positions.run("INSERT OR REPLACE INTO positions VALUES (?, ?)", label, position);
    };
    const items = records
      .map((record) => ({ record: toRecord(record, region, tableName, label), position: record.id }))
      .filter(({ record }) => passesFilter(filter, record));
    for (let at = 0; at < items.length; at += BATCH) await deliver(items.slice(at, at + BATCH), keep);
    keep(last.id);
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

  /** Retries a single record, and gives it up in the end. */
  async function insist(items: Item[], first: Failure): Promise<void> {
    let failure: Failure | undefined = first;
    for (let tries = 0; failure && tries < retries; tries += 1) {
      await delay(Math.min(retryMs * 2 ** tries, MAX_RETRY_MS), undefined, { signal: closing.signal });
      failure = await attempt(items);
    }
    if (failure) onFailure(failureRecord(items, failure, retries + 1));
  }

  type Failure = { requestId: string };

  /** The error, or undefined. Throws when the reader is closed, so that no record counts as delivered. */
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

/** In the shape of a Lambda event. */
function toRecord(record: FileRecord, awsRegion: string, tableName: string, stream: string) {
  const { eventName, createdAt, keys, newImage, oldImage, userIdentity, bytes } = record;
  const SequenceNumber = String(record.id).padStart(21, "0");
  return {
    eventID: `${stream}-${SequenceNumber}`.replaceAll(/[^0-9a-zA-Z]/g, "").toLowerCase(),
    eventName,
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion,
    dynamodb: {
      ApproximateCreationDateTime: createdAt,
      Keys: keys,
      ...(newImage ? { NewImage: newImage } : {}),
      ...(oldImage ? { OldImage: oldImage } : {}),
      SequenceNumber,
      SizeBytes: bytes,
      StreamViewType: "NEW_AND_OLD_IMAGES",
    },
    eventSourceARN: `arn:aws:dynamodb:${awsRegion}:000000000000:table/${tableName}/stream/${stream}`,
    ...(userIdentity ? { userIdentity } : {}),
  };
}
