/** The functions and containers beside the web's: sized, bundled and triggered alike on AWS and in the local cloud. */

export type FunctionDeclaration = {
  /** The module below the project whose `handler` it is. */
  entry: string;
  memoryMb: number;
  timeoutSeconds: number;
  /** Reserved concurrency: the most instances at a time. */
  concurrency: number;
  /**
   * It opens strangers' files. Here it runs in namespaces of its own, without credentials, where it reaches the local S3 by
   * the signed URLs that it is given, its temporary folder, and nothing else.
   */
  isolated?: true;
};

const step = (name: string, sizes: Partial<FunctionDeclaration> = {}): FunctionDeclaration => ({
  entry: `lib/entrypoints/steps/${name}.ts`,
  memoryMb: 512,
  timeoutSeconds: 300,
  concurrency: 10,
  ...sizes,
});
const consumer = (name: string, sizes: Partial<FunctionDeclaration> = {}): FunctionDeclaration => ({
  entry: `lib/entrypoints/consumers/${name}.ts`,
  memoryMb: 512,
  timeoutSeconds: 120,
  concurrency: 10,
  ...sizes,
});

/** Steps of the workflow, by their names in its definition. */
export const stepFunctions = {
  check: step("check", { timeoutSeconds: 900 }),
  preview: step("preview", { timeoutSeconds: 900, concurrency: 40 }),
  publish: step("publish", { timeoutSeconds: 900 }),
  announce: step("announce", { timeoutSeconds: 900 }),
  finish: step("finish"),
  noteFailure: step("note-failure"),
  /** Containers have no rights of their own: this signs URLs of their task's files, and writes down their results. */
  broker: step("broker", { timeoutSeconds: 60 }),
} satisfies Record<string, FunctionDeclaration>;

/** Consumers of events. */
export const consumers = {
  /** S3's ObjectCreated, asynchronously: two more tries, then the queue of what failed. */
  objects: consumer("objects"),
  /** The table's stream: transfers that were sealed or deleted, rows that TTL removed. */
  changes: consumer("changes"),
  /** One-shot schedules: a transfer's expiry, the warning before it, the end of its time in the trash. */
  deadlines: consumer("deadlines"),
  /** What SES tells of mail that came back. */
  bounces: consumer("bounces"),
  /** Every day: finds what is stuck and what is orphaned. */
  sweep: consumer("sweep", { timeoutSeconds: 900, concurrency: 1 }),
  /** Sends a message to a webhook, and once more after five seconds; later attempts are one-shot schedules. */
  webhooks: consumer("webhooks", { memoryMb: 256, timeoutSeconds: 60 }),
  /** What failed and waits in the queue, once more. Its event source is enabled only while there is work. */
  redrive: consumer("redrive"),
} satisfies Record<string, FunctionDeclaration>;

/** What opens files of strangers: called by steps, one file at a time, and without any right of its own. */
export const parsers = {
  inspect: {
    entry: "lib/entrypoints/parsers/inspect.ts",
    memoryMb: 2048,
    timeoutSeconds: 180,
    concurrency: 40,
    isolated: true,
  },
} satisfies Record<string, FunctionDeclaration>;

/** The program interface, behind API Gateway, whose own limit is 30 seconds. */
export const apiFunctions = {
  /** The operations of /v1. */
  api: { entry: "lib/entrypoints/api/api.ts", memoryMb: 1024, timeoutSeconds: 30, concurrency: 50 },
  /** Whether a key opens anything: keeps who guesses away from the operations. */
  authorize: { entry: "lib/entrypoints/api/authorize.ts", memoryMb: 512, timeoutSeconds: 10, concurrency: 20 },
} satisfies Record<string, FunctionDeclaration>;

export const functionList: Record<string, FunctionDeclaration> = {
  ...stepFunctions,
  ...consumers,
  ...parsers,
  ...apiFunctions,
};

/** Packages that are never bundled: native, or found by their own files. They are installed beside a function's code. */
export const notBundled = ["sharp", "@napi-rs/canvas", "pdfjs-dist"];

/** Of asynchronous invocations ("Asynchronous invocation" in the Lambda guide): tries after the first. */
export const ASYNC_RETRIES = 2;

/** Of a record of the table's stream: tries after the first, before it goes to the queue of what failed. */
export const STREAM_RETRIES = 10;

/**
 * Which records of the table's stream call `changes`, as patterns of Lambda's event filtering: transfers that are sealed,
 * extended or deleted, and transfers whose row is gone; recipients and webhooks' messages that wait; the hour's first
 * opening and download by someone, files that were opened by hand, links that were closed; files that were ready and are
 * not any more. Lambda takes five patterns.
 */
export const streamFilter = [
  {
    eventName: ["MODIFY"],
    dynamodb: { NewImage: { __edb_e__: { S: ["transfer"] }, state: { S: ["sealed", "ready", "deleted"] } } },
  },
  { eventName: ["REMOVE"], dynamodb: { OldImage: { __edb_e__: { S: ["transfer"] } } } },
  {
    eventName: ["INSERT", "MODIFY"],
    dynamodb: { NewImage: { __edb_e__: { S: ["delivery", "webhookMessage"] }, state: { S: ["waiting"] } } },
  },
  {
    eventName: ["INSERT"],
    dynamodb: {
      NewImage: {
        __edb_e__: { S: ["activity"] },
        kind: { S: ["opened", "downloaded", "released", "removed", "renewed", "revoked"] },
      },
    },
  },
  {
    eventName: ["MODIFY"],
    dynamodb: {
      OldImage: { __edb_e__: { S: ["file"] }, state: { S: ["ready"] } },
      NewImage: { state: { S: ["removed", "infected", "unscannable"] } },
    },
  },
];

/** When `sweep` is called, in UTC. */
export const sweepSchedule = "cron(0 4 * * ? *)";

export type TaskDeclaration = {
  /** The container's program; bundled, it lies in its image as `/app/<name of the task>.mjs`. */
  entry: string;
  /** Its image is built from this folder and its Dockerfile; tasks of one folder share an image and differ in command. */
  image: string;
  /** In 1/1024 of a vCPU, and MiB, as Fargate has them. */
  cpu: number;
  memoryMb: number;
  /** Of a task that no state machine starts: when it runs, as EventBridge Scheduler writes it. */
  schedule?: string;
  /** It opens strangers' files. As of functions; but it also reports to the state machine, and invokes what `invokes` names. */
  isolated?: true;
  /** Functions that an isolated task may invoke. */
  invokes?: readonly string[];
};

const OPENS_FILES = { isolated: true, invokes: ["broker"] } as const;

export const taskList = {
  scan: {
    entry: "lib/entrypoints/tasks/scan.ts",
    image: "infra/tasks/scan",
    cpu: 1024,
    memoryMb: 4096,
    ...OPENS_FILES,
  },
  transcode: {
    entry: "lib/entrypoints/tasks/transcode.ts",
    image: "infra/tasks/transcode",
    cpu: 2048,
    memoryMb: 4096,
    ...OPENS_FILES,
  },
  /** Brings the scanner's signatures up to date; it loads them once, to see that they are whole. */
  signatures: {
    entry: "lib/entrypoints/tasks/signatures.ts",
    image: "infra/tasks/scan",
    cpu: 512,
    memoryMb: 4096,
    schedule: "rate(1 day)",
  },
} satisfies Record<string, TaskDeclaration>;
