/** Types that instances and the pool of instances share: a function, its answer, its failures. */
import type { Readable } from "node:stream";
import type { Isolation } from "../../core/isolation.ts";
import type { FunctionError } from "./runtime-api.ts";

export type FunctionConfig = {
  name: string;
  /** Directory with the function's code: LAMBDA_TASK_ROOT. */
  bundle: string;
  /** `<file without .mjs>.<exported name>` */
  handler: string;
  environment: Record<string, string>;
  region: string;
  memoryMb: number;
  timeoutMs: number;
  /** The limit for the first initialisation; by default Lambda's quota. */
  initMs?: number;
  /** Reserved concurrency: the most instances at a time. */
  concurrency: number;
  /** If isolated, it reaches nothing of this machine but what is named there. */
  isolation?: Isolation;
  /** A debugger may be attached to its instances, each at a loopback port that it prints at its start. */
  inspected?: boolean;
};

const HOUR_MS = 3_600_000;

/** The same function for a debugger, which may stop it for an hour. */
export const inspectedFunction = (config: FunctionConfig): FunctionConfig => ({
  ...config,
  inspected: true,
  timeoutMs: HOUR_MS,
  initMs: HOUR_MS,
});

export type FunctionResponse =
  | { mode: "streaming"; contentType: string; body: Readable }
  | { mode: "buffered"; payload: Buffer };

/** How an invocation ended, for the caller: Lambda's error types; `FunctionError` is the function's own failure. */
export type InvocationErrorCode =
  | "RequestTooLarge"
  | "TooManyRequests"
  | "ResponseSizeTooLarge"
  | "Timeout"
  | "RuntimeExited"
  | "InitError"
  | "FunctionError";

export class InvocationError extends Error {
  readonly code: InvocationErrorCode;
  /** What the runtime reported of the function's own failure. */
  readonly reported: FunctionError | undefined;
  constructor(code: InvocationErrorCode, message: string, reported?: FunctionError) {
    super(message);
    this.name = "InvocationError";
    this.code = code;
    this.reported = reported;
  }
}

/** Durations of one invocation, in milliseconds. */
export type InvocationReport = {
  requestId: string;
  /** From passing the event to the runtime until the runtime was ready for the next one. */
  durationMs: number;
  /** Of a cold start: from starting the process until the runtime was ready; billed as well. */
  initMs?: number;
  outcome: "ok" | InvocationErrorCode;
};

/** Quotas of the service ("Lambda quotas" in the developer guide), in bytes and milliseconds. */
export const LIMITS = {
  request: 6 * 1024 * 1024,
  bufferedResponse: 6 * 1024 * 1024,
  streamedResponse: 200 * 1024 * 1024,
  initMs: 10_000,
} as const;
