/**
 * Asynchronous invocations ("How Lambda handles errors and retries with asynchronous invocation"). Accepted events stay
 * on disk until their function has succeeded, at least once each, or until the attempts or the time are used up; then
 * they go to the failure destination. What a killed router was processing is repeated by the next.
 */
import { randomUUID } from "node:crypto";
import { functionArn } from "../../core/arns.ts";
import { ServiceError } from "../../core/aws-service.ts";
import { openDatabase, type Row } from "../../core/database.ts";
import type { EngineStatus } from "../../core/supervisor.ts";
import { createTimer } from "../../core/timer.ts";
import type { Functions, Invocation } from "./functions.ts";

export type AsyncQueueOptions = {
  file: string;
  functions: Pick<Functions, "names" | "concurrencyOf" | "invoke">;
  region: string;
  /** Attempts after the first. */
  retries: number;
  /** Milliseconds before the first of them; the second waits twice as long. */
  retryMs: number;
  /** Receives the record of an event that was given up; the event is kept until this returns. */
  onFailure: (record: DestinationRecord) => void;
  onError: (message: string) => void;
};

export type AsyncQueue = {
  /** Stores an event on disk and returns its request id. */
  accept(name: string, event: string): string;
  /** Resumes the events that are on disk. */
  start(): void;
  /** How many events wait or run. */
  status(): EngineStatus;
  close(): void;
};

/** What Lambda sends to the failure destination. */
export type DestinationRecord = {
  version: "1.0";
  timestamp: string;
  requestContext: {
    requestId: string;
    functionArn: string;
    condition: "RetriesExhausted" | "EventAgeExceeded";
    approximateInvokeCount: number;
  };
  requestPayload: unknown;
  responseContext?: { statusCode: number; executedVersion: string; functionError: string };
  responsePayload?: unknown;
};

const MAX_EVENT_BYTES = 1024 * 1024;
const MAX_AGE_MS = 6 * 3600_000;
/** The pause after a refusal because no instance was free; such a refusal does not count as an attempt. */
const THROTTLED_MS = 1000;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY, function TEXT NOT NULL, event TEXT NOT NULL, accepted INTEGER NOT NULL, due INTEGER NOT NULL,
    tries INTEGER NOT NULL, running INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS events_by_due ON events (function, running, due);
`;

type Event = { id: string; name: string; event: string; accepted: number; tries: number };

const toEvent = (row: Row): Event => ({
  id: String(row["id"]),
  name: String(row["function"]),
  event: String(row["event"]),
  accepted: Number(row["accepted"]),
  tries: Number(row["tries"]),
});

export function createAsyncQueue(options: AsyncQueueOptions): AsyncQueue {
  const { functions, region, retries, retryMs, onFailure, onError } = options;
  const database = openDatabase(options.file, SCHEMA);
  const running = new Map<string, number>();
  const timer = createTimer(pumpAll);
  let started = false;
  let closed = false;

  function pumpAll(): void {
    // One time for both queries: an event that became due between them would be neither started nor waited for.
    const now = Date.now();
    for (const name of functions.names) pump(name, now);
    if (closed) return;
    const names = functions.names.map(() => "?").join(", ");
    const next = database.get(
      `SELECT min(due) AS due FROM events WHERE running = 0 AND due > ? AND function IN (${names})`,
      now,
      ...functions.names,
    );
    timer.set(next?.["due"] == null ? undefined : Number(next["due"]));
  }

  function pump(name: string, now: number): void {
    if (!started || closed) return;
    const free = functions.concurrencyOf(name) - (running.get(name) ?? 0);
    if (free <= 0) return;
    const due = database.all(
      "SELECT * FROM events WHERE function = ? AND running = 0 AND due <= ? ORDER BY due LIMIT ?",
      name,
      now,
      free,
    );
    for (const row of due) {
      const event = toEvent(row);
      database.run("UPDATE events SET running = 1 WHERE id = ?", event.id);
      running.set(name, (running.get(name) ?? 0) + 1);
      attempt(event)
        .catch((error: unknown) => {
          if (closed) return;
          onError(`lambda: ${error instanceof Error ? error.message : String(error)}`);
          putOff(event, event.tries, THROTTLED_MS);
        })
        .finally(() => {
          running.set(name, (running.get(name) ?? 1) - 1);
          if (!closed) pumpAll();
        });
    }
  }

  async function attempt(event: Event): Promise<void> {
    if (Date.now() - event.accepted > MAX_AGE_MS) return giveUp(event, "EventAgeExceeded");
    let answer: Invocation;
    try {
      answer = await functions.invoke(event.name, JSON.parse(event.event), event.id);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== "TooManyRequestsException") throw error;
      if (!closed) putOff(event, event.tries, THROTTLED_MS);
      return;
    }
    // What the end of this router interrupts is tried again by the next.
    if (closed) return;
    const tries = event.tries + 1;
    if (!answer.failed) database.run("DELETE FROM events WHERE id = ?", event.id);
    else if (tries > retries) giveUp({ ...event, tries }, "RetriesExhausted", answer.payload);
    else putOff(event, tries, retryMs * tries);
  }

  function putOff(event: Event, tries: number, ms: number): void {
    database.run("UPDATE events SET running = 0, tries = ?, due = ? WHERE id = ?", tries, Date.now() + ms, event.id);
  }

  function giveUp(event: Event, condition: "RetriesExhausted" | "EventAgeExceeded", payload?: Buffer): void {
    onFailure({
      version: "1.0",
      timestamp: new Date().toISOString(),
      requestContext: {
        requestId: event.id,
        functionArn: `${functionArn(region, event.name)}:$LATEST`,
        condition,
        approximateInvokeCount: event.tries,
      },
      requestPayload: JSON.parse(event.event) as unknown,
      ...(payload
        ? {
            responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
            responsePayload: JSON.parse(payload.toString()) as unknown,
          }
        : {}),
    });
    database.run("DELETE FROM events WHERE id = ?", event.id);
  }

  return {
    accept(name, event) {
      if (Buffer.byteLength(event) > MAX_EVENT_BYTES) {
        const sentence = "The payload of an asynchronous invocation is limited to 1 MB.";
        throw new ServiceError("RequestTooLargeException", sentence, { status: 413 });
      }
      const id = randomUUID();
      const now = Date.now();
      database.run("INSERT INTO events VALUES (?, ?, ?, ?, ?, 0, 0)", id, name, event, now, now);
      pump(name, now);
      return id;
    },
    start() {
      started = true;
      database.run("UPDATE events SET running = 0");
      pumpAll();
    },
    status() {
      const count = closed ? 0 : Number(database.get("SELECT count(*) AS events FROM events")?.["events"]);
      return { name: "events", state: count > 0 ? "awake" : "asleep", pids: [], inFlight: count };
    },
    close() {
      closed = true;
      timer.set(undefined);
      database.close();
    },
  };
}
