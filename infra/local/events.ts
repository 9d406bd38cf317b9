/**
 * What runs without anybody's request: the functions beside the web's, and the services that call them. S3, the table, the
 * scheduler and the queue put their events down on disk and wake what is to be done; nothing here asks whether there is work.
 */
import type { Server } from "node:http";
import { join } from "node:path";
import {
  ASYNC_RETRIES,
  consumers,
  functionList,
  STREAM_RETRIES,
  streamFilter,
  sweepSchedule,
} from "../function-list.ts";
import { functionArn, queueArn, roleArn } from "./core/arns.ts";
import type { AwsService, InvokeFunction } from "./core/aws-service.ts";
import type { Isolation } from "./core/isolation.ts";
import { openLedger } from "./core/ledger.ts";
import { openLogFile } from "./core/log-file.ts";
import type { EngineStatus } from "./core/supervisor.ts";
import {
  type Environment,
  FAILED_QUEUE,
  functionVariables,
  inboxKey,
  queueUrl,
  REDRIVE_MAPPING,
  SCHEDULE_GROUP,
  SENDER,
  TABLE_NAME,
} from "./environment.ts";
import { roleVariables } from "./roles.ts";
import { databaseFile } from "./services/dynamodb/engine.ts";
import { createStreamReader } from "./services/dynamodb/stream.ts";
import { createAsyncQueue } from "./services/lambda/async-queue.ts";
import { createEventSource } from "./services/lambda/event-source.ts";
import { createFunctions, invokerOf } from "./services/lambda/functions.ts";
import { createLambda } from "./services/lambda/index.ts";
import { createScheduler } from "./services/scheduler/index.ts";
import { createSes } from "./services/ses/index.ts";
import { createSqs } from "./services/sqs/index.ts";

export type Events = {
  services: AwsService[];
  /** Mail that was sent, in the browser. */
  inbox: Server;
  /** Runs a function for another service. */
  invoke: InvokeFunction;
  /** Takes S3's event of a new object; missing when no function waits for it. */
  onObject?: (event: object) => void;
  /** The table was written. */
  onWrite(): void;
  /** Takes up what an earlier router left; to be called when the endpoints can be reached. */
  start(): void;
  /** The functions' bundles have been made anew. */
  renew(): void;
  status(): EngineStatus[];
  /** Ends the functions and the services. Who invokes functions is closed before, or would take the end for a failure. */
  close(): Promise<void>;
};

const RETENTION_SECONDS = 14 * 24 * 3600;
/** "At least six times the function's timeout" ("Configuring a queue to use with Lambda"). */
const VISIBILITY_SECONDS = 6 * consumers.redrive.timeoutSeconds;
const STREAM_RETRY_MS = 1000;

/** `bundles` is the folder of the functions' bundles; without it none is deployed, and the services alone are there. */
export function createEvents(
  environment: Environment,
  bundles: string | undefined,
  isolation: Isolation | undefined,
  onError: (message: string) => void,
): Events {
  const { home, region, idleMs, asyncRetryMs } = environment;
  const ledger = openLedger(join(home, "ledger"));
  const logs = new Map<string, ReturnType<typeof openLogFile>>();
  const file = (name: string): string => join(home, "data", "events", `${name}.sqlite`);

  const functions = createFunctions({
    bundles,
    declarations: functionList,
    environment: functionVariables(environment),
    own: (name) => roleVariables(environment, name),
    ...(isolation ? { isolation } : {}),
    region,
    idleMs,
    ledger,
    log(name, stream, line) {
      const write = logs.get(name) ?? openLogFile(join(home, "logs", `${name}.log`));
      logs.set(name, write);
      write(stream, line);
      if (stream === "stderr") onError(`${name}: ${line}`);
    },
  });
  const sqs = createSqs({
    file: file("sqs"),
    queues: [{ name: FAILED_QUEUE, visibilitySeconds: VISIBILITY_SECONDS, retentionSeconds: RETENTION_SECONDS }],
    urlOf: (name) => queueUrl(environment, name),
    arnOf: (name) => queueArn(region, name),
    ledger,
  });
  const failed = sqs.queue(FAILED_QUEUE);
  const setAside = (record: object): void => {
    const body = JSON.stringify(record);
    failed.bill("SendMessage", Buffer.byteLength(body));
    failed.send(body);
  };
  const queue = createAsyncQueue({
    file: file("lambda"),
    functions,
    region,
    retries: ASYNC_RETRIES,
    retryMs: asyncRetryMs,
    onFailure: setAside,
    onError,
  });
  const redrive = createEventSource({
    file: file("mappings"),
    uuid: REDRIVE_MAPPING,
    region,
    queue: failed,
    functionName: "redrive",
    functions,
    onError,
  });
  const scheduler = createScheduler({
    file: file("scheduler"),
    region,
    groups: [SCHEDULE_GROUP],
    functions: functions.names,
    queue,
    deadLetter: (_arn, body) => setAside(JSON.parse(body) as object),
    ledger,
    onError,
  });
  const stream = functions.names.includes("changes")
    ? createStreamReader({
        file: file("stream"),
        tableFile: databaseFile(home),
        tableName: TABLE_NAME,
        region,
        functionName: "changes",
        functions,
        filter: streamFilter,
        retries: STREAM_RETRIES,
        retryMs: STREAM_RETRY_MS,
        onFailure: setAside,
        onError,
      })
    : undefined;
  const ses = createSes({
    dir: join(home, "data", "ses"),
    inboxKey: inboxKey(environment),
    region,
    sender: SENDER,
    // EventBridge hands it to the function, as a rule has it there.
    onEvent: (event) => {
      if (functions.names.includes("bounces")) queue.accept("bounces", JSON.stringify(event));
    },
    ledger,
  });
  const lambda = createLambda({ functions, queue, sources: [redrive] });

  return {
    services: [lambda, sqs, scheduler, ses],
    inbox: ses.inbox,
    invoke: invokerOf(functions),
    ...(functions.names.includes("objects")
      ? { onObject: (event: object) => void queue.accept("objects", JSON.stringify(event)) }
      : {}),
    onWrite: () => stream?.wake(),
    start() {
      if (functions.names.includes("sweep")) scheduler.declare("sweep", sweepEvery(region));
      queue.start();
      redrive.start();
      scheduler.start();
      stream?.wake();
    },
    renew: () => functions.renew(),
    status: () => [queue.status(), ...(stream ? [stream.status()] : [])],
    async close() {
      queue.close();
      redrive.close();
      await Promise.all([functions.close(), stream?.close()]);
      await Promise.all([lambda, sqs, scheduler].map((service) => service.close()));
    },
  };
}

const sweepEvery = (region: string) => ({
  ScheduleExpression: sweepSchedule,
  ScheduleExpressionTimezone: "UTC",
  Target: { Arn: functionArn(region, "sweep"), RoleArn: roleArn("dormouse-local-sweep") },
  FlexibleTimeWindow: { Mode: "OFF" as const },
  State: "ENABLED" as const,
  ActionAfterCompletion: "NONE" as const,
});
