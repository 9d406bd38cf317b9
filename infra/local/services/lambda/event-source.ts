/**
 * The event source mapping from a queue to a function ("Using Lambda with Amazon SQS"), with ReportBatchItemFailures.
 * While it is enabled, messages are delivered as they come; while it is disabled, it does nothing at all.
 */
import { functionArn, queueArn } from "../../core/arns.ts";
import { openDatabase } from "../../core/database.ts";
import { createTimer } from "../../core/timer.ts";
import type { Queue, ReceivedMessage } from "../sqs/queue.ts";
import type { Functions } from "./functions.ts";

export type EventSourceOptions = {
  file: string;
  uuid: string;
  region: string;
  queue: Queue;
  functionName: string;
  functions: Pick<Functions, "names" | "invoke">;
  onError: (message: string) => void;
};

export type EventSource = {
  functionName: string;
  describe(): Description;
  enable(enabled: boolean): Description;
  start(): void;
  close(): void;
};

type Description = ReturnType<typeof describe>;

const BATCH_SIZE = 10;
/**
 * The pause after a call that could not be made. After a failure of the function the queue's visibility timeout
 * applies.
 */
const RETRY_MS = 1000;
const SCHEMA = `CREATE TABLE IF NOT EXISTS mappings (uuid TEXT PRIMARY KEY, enabled INTEGER NOT NULL, modified INTEGER NOT NULL) WITHOUT ROWID;`;

export function createEventSource(options: EventSourceOptions): EventSource {
  const { uuid, region, queue, functionName, functions, onError } = options;
  const database = openDatabase(options.file, SCHEMA);
  database.run("INSERT OR IGNORE INTO mappings VALUES (?, 0, ?)", uuid, Date.now());
  const timer = createTimer(pump);
  let started = false;
  let busy = false;
  let closed = false;

  const state = () => database.get("SELECT enabled, modified FROM mappings WHERE uuid = ?", uuid) ?? {};
  const isEnabled = (): boolean => Number(state()["enabled"]) === 1;
  const show = (transition?: "Enabling" | "Disabling"): Description =>
    describe(options, transition ?? (isEnabled() ? "Enabled" : "Disabled"), Number(state()["modified"]));

  function pump(): void {
    timer.set(undefined);
    if (!started || closed || busy || !isEnabled() || !functions.names.includes(functionName)) return;
    const messages = queue.receive(BATCH_SIZE);
    if (messages.length === 0) {
      timer.set(queue.nextVisible());
      return;
    }
    busy = true;
    deliver(messages)
      .then(
        () => true,
        (error: unknown) => {
          if (!closed) onError(`lambda: ${functionName}: ${error instanceof Error ? error.message : String(error)}`);
          return false;
        },
      )
      .then((delivered) => {
        busy = false;
        if (closed) return;
        if (delivered) pump();
        else timer.set(Date.now() + RETRY_MS);
      });
  }

  async function deliver(messages: ReceivedMessage[]): Promise<void> {
    queue.bill(
      "ReceiveMessage",
      messages.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0),
    );
    const event = { Records: messages.map((message) => toRecord(message, region, queue.name)) };
    let failures: Set<string> | undefined;
    try {
      const { payload, failed } = await functions.invoke(functionName, event);
      failures = failed ? undefined : readFailures(payload, messages);
    } catch (error) {
      // Lambda returns messages that it could not deliver.
      if (!closed) for (const { receiptHandle } of messages) queue.changeVisibility(receiptHandle, 0);
      throw error;
    }
    if (closed || !failures) return;
    const done = messages.filter(({ messageId }) => !failures.has(messageId));
    if (done.length === 0) return;
    queue.bill("DeleteMessageBatch", 0);
    queue.remove(done.map(({ receiptHandle }) => receiptHandle));
  }

  const stopListening = queue.onMessage(pump);
  return {
    functionName,
    describe: () => show(),
    enable(enabled) {
      if (enabled === isEnabled()) return show();
      database.run("UPDATE mappings SET enabled = ?, modified = ? WHERE uuid = ?", enabled ? 1 : 0, Date.now(), uuid);
      pump();
      return show(enabled ? "Enabling" : "Disabling");
    },
    start() {
      started = true;
      pump();
    },
    close() {
      closed = true;
      stopListening();
      timer.set(undefined);
      database.close();
    },
  };
}

function describe(
  { uuid, region, queue, functionName }: EventSourceOptions,
  state: "Enabled" | "Disabled" | "Enabling" | "Disabling",
  modified: number,
) {
  return {
    UUID: uuid,
    BatchSize: BATCH_SIZE,
    MaximumBatchingWindowInSeconds: 0,
    EventSourceArn: queueArn(region, queue.name),
    FunctionArn: functionArn(region, functionName),
    LastModified: modified / 1000,
    State: state,
    StateTransitionReason: "USER_INITIATED",
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  };
}

function toRecord(message: ReceivedMessage, awsRegion: string, name: string) {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.attributes,
    messageAttributes: {},
    md5OfBody: message.md5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: queueArn(awsRegion, name),
    awsRegion,
  };
}

/** Ids of messages that failed; undefined when the answer is malformed, which counts as a failure of all. */
function readFailures(payload: Buffer, messages: ReceivedMessage[]): Set<string> | undefined {
  const answer = JSON.parse(payload.toString()) as { batchItemFailures?: { itemIdentifier?: unknown }[] } | null;
  const failures = answer?.batchItemFailures ?? [];
  const ids = new Set(messages.map(({ messageId }) => messageId));
  const failed = failures.map((failure) => String(failure?.itemIdentifier ?? ""));
  return failed.every((id) => ids.has(id)) ? new Set(failed) : undefined;
}
