/** SQS's API in its JSON protocol, for the declared queues. */

import { type AwsService, jsonReply, readInput, ServiceError, type ServiceRequest } from "../../core/aws-service.ts";
import type { Ledger } from "../../core/ledger.ts";
import { createTimer } from "../../core/timer.ts";
import { messageAttributesMd5 } from "./attributes-md5.ts";
import {
  createQueue,
  type MessageAttributes,
  md5,
  openQueues,
  type Queue,
  type QueueSettings,
  type ReceivedMessage,
} from "./queue.ts";

export type SqsOptions = {
  file: string;
  queues: QueueSettings[];
  /** The URL of a queue by its name. */
  urlOf: (name: string) => string;
  arnOf: (name: string) => string;
  ledger: Ledger;
};

export type Sqs = AwsService & { queue(name: string): Queue };

/** The input of an operation; all fields are optional, because a client may send anything. */
type Input = {
  QueueUrl?: string;
  QueueName?: string;
  MessageBody?: string;
  MessageAttributes?: MessageAttributes;
  DelaySeconds?: number;
  MaxNumberOfMessages?: number;
  VisibilityTimeout?: number;
  WaitTimeSeconds?: number;
  AttributeNames?: string[];
  MessageSystemAttributeNames?: string[];
  MessageAttributeNames?: string[];
  ReceiptHandle?: string;
  Entries?: (Input & { Id?: string })[];
};

const MAX_BATCH = 10;
const MAX_BYTES = 1024 * 1024;

const refuse = (code: string, message: string, legacy = code): ServiceError =>
  new ServiceError(`com.amazonaws.sqs#${code}`, message, { headers: { "x-amzn-query-error": `${legacy};Sender` } });

export function createSqs({ file, queues, urlOf, arnOf, ledger }: SqsOptions): Sqs {
  const database = openQueues(file);
  const byName = new Map(queues.map((settings) => [settings.name, createQueue(database, settings, ledger)]));
  let waiting = 0;
  let lastUsedAt: number | undefined;
  let closed = false;

  function queueOf(name: string | undefined): Queue {
    const queue = byName.get(name ?? "");
    if (queue) return queue;
    const sentence = "The specified queue does not exist.";
    throw refuse("QueueDoesNotExist", sentence, "AWS.SimpleQueueService.NonExistentQueue");
  }

  function sendOne(queue: Queue, { MessageBody = "", MessageAttributes = {}, DelaySeconds = 0 }: Input) {
    if (MessageBody === "") throw refuse("MissingParameter", "The request must contain the parameter MessageBody.");
    if (Buffer.byteLength(MessageBody) > MAX_BYTES)
      throw refuse(
        "InvalidParameterValue",
        "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
      );
    const MessageId = queue.send(MessageBody, { attributes: MessageAttributes, delaySeconds: DelaySeconds });
    const hasAttributes = Object.keys(MessageAttributes).length > 0;
    return {
      MessageId,
      MD5OfMessageBody: md5(MessageBody),
      ...(hasAttributes ? { MD5OfMessageAttributes: messageAttributesMd5(MessageAttributes) } : {}),
    };
  }

  async function receive(queue: Queue, input: Input, signal: AbortSignal): Promise<object> {
    const most = within("MaxNumberOfMessages", input.MaxNumberOfMessages ?? 1, 1, MAX_BATCH);
    const waitMs = within("WaitTimeSeconds", input.WaitTimeSeconds ?? 0, 0, 20) * 1000;
    const take = (): ReceivedMessage[] => (closed ? [] : queue.receive(most, input.VisibilityTimeout));
    const end = Date.now() + waitMs;
    let messages = take();
    while (messages.length === 0 && !closed && !signal.aborted && Date.now() < end) {
      await changed(queue, end, signal);
      if (signal.aborted) break;
      messages = take();
    }
    queue.bill(
      "ReceiveMessage",
      messages.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0),
    );
    return messages.length === 0 ? {} : { Messages: messages.map((message) => show(message, input)) };
  }

  /** Resolves when there may be a message, at the deadline, or when the client hangs up. */
  function changed(queue: Queue, deadline: number, signal: AbortSignal): Promise<void> {
    waiting += 1;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = createTimer(resolve);
    timer.set(Math.min(deadline, queue.nextVisible() ?? deadline));
    const stop = queue.onMessage(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    waits.add(resolve);
    return promise.finally(() => {
      waiting -= 1;
      waits.delete(resolve);
      timer.set(undefined);
      stop();
    });
  }
  const waits = new Set<() => void>();

  function batch(input: Input, work: (entry: Input) => object): object {
    const entries = input.Entries ?? [];
    if (entries.length === 0) throw refuse("EmptyBatchRequest", "There should be at least one entry in the request.");
    if (entries.length > MAX_BATCH)
      throw refuse("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10.");
    if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
      throw refuse("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.");
    const output = { Successful: [] as object[], Failed: [] as object[] };
    for (const entry of entries) {
      try {
        output.Successful.push({ Id: entry.Id, ...work(entry) });
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const Code = error.code.replace(/^.*#/, "");
        output.Failed.push({ Id: entry.Id, Code, Message: error.message, SenderFault: true });
      }
    }
    return output;
  }

  function setVisibility(queue: Queue, { ReceiptHandle = "", VisibilityTimeout = -1 }: Input): object {
    const seconds = within("VisibilityTimeout", VisibilityTimeout, 0, 43_200);
    if (!queue.changeVisibility(ReceiptHandle, seconds))
      throw refuse("ReceiptHandleIsInvalid", "The input receipt handle is invalid.");
    return {};
  }

  function attributesOf(queue: Queue, wanted: string[] = []): object {
    const { visible, hidden, delayed } = queue.counts();
    const all: Record<string, string> = {
      QueueArn: arnOf(queue.name),
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(hidden),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      CreatedTimestamp: String(Math.floor(queue.created / 1000)),
      LastModifiedTimestamp: String(Math.floor(queue.created / 1000)),
      VisibilityTimeout: String(queue.visibilitySeconds),
      MaximumMessageSize: String(MAX_BYTES),
      MessageRetentionPeriod: String(queue.retentionSeconds),
      DelaySeconds: "0",
      ReceiveMessageWaitTimeSeconds: "0",
      SqsManagedSseEnabled: "true",
    };
    const unknown = wanted.find((name) => name !== "All" && !(name in all));
    if (unknown) throw refuse("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
    return { Attributes: pick(all, wanted) };
  }

  async function run({ operation, signal }: ServiceRequest, input: Input): Promise<object> {
    if (operation === "GetQueueUrl") return { QueueUrl: urlOf(queueOf(input.QueueName).name) };
    const queue = queueOf(input.QueueUrl?.split("/").at(-1));
    if (operation === "ReceiveMessage") return receive(queue, input, signal);
    const sent = [input, ...(input.Entries ?? [])].reduce(
      (sum, one) => sum + Buffer.byteLength(one.MessageBody ?? ""),
      0,
    );
    queue.bill(operation, sent);
    switch (operation) {
      case "SendMessage":
        return sendOne(queue, input);
      case "SendMessageBatch":
        return batch(input, (entry) => sendOne(queue, entry));
      case "DeleteMessage":
        queue.remove([input.ReceiptHandle ?? ""]);
        return {};
      case "DeleteMessageBatch":
        return batch(input, ({ ReceiptHandle = "" }) => {
          queue.remove([ReceiptHandle]);
          return {};
        });
      case "ChangeMessageVisibility":
        return setVisibility(queue, input);
      case "ChangeMessageVisibilityBatch":
        return batch(input, (entry) => setVisibility(queue, entry));
      case "GetQueueAttributes":
        return attributesOf(queue, input.AttributeNames);
      case "PurgeQueue":
        queue.purge();
        return {};
      default:
        throw refuse("UnsupportedOperation", `SQS has no ${operation} here.`);
    }
  }

  return {
    names: ["sqs"],
    queue: queueOf,
    async handle(request) {
      lastUsedAt = Date.now();
      return jsonReply(request, await run(request, readInput(request) as Input));
    },
    status() {
      const state = waiting > 0 ? ("awake" as const) : ("asleep" as const);
      return [{ name: "sqs", state, pids: [], inFlight: waiting, ...(lastUsedAt ? { lastUsedAt } : {}) }];
    },
    async close() {
      closed = true;
      for (const resolve of waits) resolve();
      database.close();
    },
  };
}

function within(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw refuse(
    "InvalidParameterValue",
    `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${least} and ${most}.`,
  );
}

const pick = <T>(all: Record<string, T>, wanted: readonly string[]): Record<string, T> =>
  wanted.includes("All") ? all : Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name)));

function show(message: ReceivedMessage, input: Input): object {
  const system = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const attributes = pick<string>(message.attributes, system);
  const own = pick(message.messageAttributes, input.MessageAttributeNames ?? []);
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: message.md5OfBody,
    ...(Object.keys(attributes).length > 0 ? { Attributes: attributes } : {}),
    ...(Object.keys(own).length > 0
      ? { MessageAttributes: own, MD5OfMessageAttributes: messageAttributesMd5(own) }
      : {}),
  };
}
