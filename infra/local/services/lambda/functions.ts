/** The deployed functions other than the web's: runs each as declared, and returns what an invocation returns. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { functionName } from "../../core/arns.ts";
import { FunctionFailure, type InvokeFunction, ServiceError } from "../../core/aws-service.ts";
import { type Isolation, isolatedVariables } from "../../core/isolation.ts";
import type { Ledger } from "../../core/ledger.ts";
import type { EngineStatus } from "../../core/supervisor.ts";
import type { FunctionDeclaration } from "../../declaration.ts";
import { type FunctionResponse, InvocationError } from "./function.ts";
import { createFunction, type LambdaFunction } from "./runner.ts";

export type FunctionsOptions = {
  /**
   * Folder with a folder for each function, whose `index.mjs` exports `handler`. Without it no function is deployed.
   */
  bundles: string | undefined;
  declarations: Record<string, FunctionDeclaration>;
  environment: Record<string, string>;
  /** More variables for one function, such as its role's credentials. */
  own?: (name: string) => Record<string, string>;
  region: string;
  /** For functions that are declared isolated. Where the system can't isolate them, they only get no credentials. */
  isolation?: Isolation;
  idleMs: number;
  /** The name of the function that a debugger is to be attached to. */
  inspect?: string | undefined;
  ledger: Ledger;
  log: (name: string, stream: "stdout" | "stderr", line: string) => void;
};

/** A function's answer, or its failure with the payload that Lambda makes of it. */
export type Invocation = { requestId: string; payload: Buffer; failed: boolean };

export type Functions = {
  /** The functions that are deployed. */
  names: string[];
  /** How many instances of a function this machine runs at a time. */
  concurrencyOf(name: string): number;
  /** By name or ARN. Throws ServiceError when there is no such function or when it could not be called. */
  invoke(nameOrArn: string, event: unknown, requestId?: string): Promise<Invocation>;
  /** Throws ServiceError when there is no such function. */
  requireName(nameOrArn: string): string;
  /** Says that the bundles were rebuilt. */
  renew(): void;
  status(): EngineStatus[];
  close(): Promise<void>;
};

/** AWS refuses a call beyond the concurrency. There are fewer instances here, so a call waits. */
const TIMEOUT_MS = 900_000;

export function createFunctions(options: FunctionsOptions): Functions {
  const {
    bundles,
    declarations,
    environment,
    own = () => ({}),
    region,
    isolation,
    idleMs,
    inspect,
    ledger,
    log,
  } = options;
  const deployed = new Map<string, LambdaFunction>();
  const concurrencyOf = (name: string): number =>
    Math.min(declarations[name]?.concurrency ?? 1, Math.max(2, availableParallelism()));
  for (const [name, { memoryMb, timeoutSeconds, isolated }] of Object.entries(declarations)) {
    if (bundles === undefined || !existsSync(join(bundles, name, "index.mjs"))) continue;
    const config = {
      name,
      bundle: join(bundles, name),
      handler: "index.handler",
      environment: isolated ? isolatedVariables(environment, "function") : { ...environment, ...own(name) },
      region,
      memoryMb,
      timeoutMs: timeoutSeconds * 1000,
      concurrency: concurrencyOf(name),
      ...(isolated && isolation ? { isolation } : {}),
    };
    const each = (stream: "stdout" | "stderr", line: string): void => log(name, stream, line);
    deployed.set(name, createFunction(config, { idleMs, inspect, ledger, log: each, queueMs: TIMEOUT_MS }));
  }

  function find(nameOrArn: string): [name: string, fn: LambdaFunction] {
    const name = functionName(nameOrArn);
    const fn = deployed.get(name);
    if (fn) return [name, fn];
    throw new ServiceError("ResourceNotFoundException", `Function not found: ${nameOrArn}`, { status: 404 });
  }

  return {
    names: [...deployed.keys()],
    concurrencyOf,
    requireName: (nameOrArn) => find(nameOrArn)[0],
    async invoke(nameOrArn, event, requestId = randomUUID()) {
      const [, fn] = find(nameOrArn);
      try {
        return { requestId, payload: await collect(await fn.invoke(event, requestId)), failed: false };
      } catch (error) {
        if (!(error instanceof InvocationError)) throw error;
        return { requestId, payload: Buffer.from(JSON.stringify(failureOf(error, requestId))), failed: true };
      }
    },
    renew: () => {
      for (const fn of deployed.values()) fn.renew();
    },
    status: () => [...deployed.values()].map((fn) => fn.status()),
    async close() {
      await Promise.all([...deployed.values()].map((fn) => fn.close()));
    },
  };
}

/** For other services of the local cloud, which invoke functions. */
export const invokerOf =
  (functions: Functions): InvokeFunction =>
  async (nameOrArn, event) => {
    const { payload, failed } = await functions.invoke(nameOrArn, event);
    const output: unknown = JSON.parse(payload.toString());
    if (failed) throw new FunctionFailure(output as FunctionFailure["payload"]);
    return output;
  };

async function collect(response: FunctionResponse): Promise<Buffer> {
  if (response.mode === "buffered") return response.payload;
  const chunks: Buffer[] = [];
  for await (const chunk of response.body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

type Failure = { errorType: string; errorMessage: string; trace?: string[] };

/** The payload of a failure, in Lambda's form. Errors of the service itself are thrown. */
function failureOf(error: InvocationError, requestId: string): Failure {
  const { code, message, reported } = error;
  if (code === "TooManyRequests") {
    const details = { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" };
    throw new ServiceError("TooManyRequestsException", "Rate Exceeded.", { status: 429, details });
  }
  if (code === "RequestTooLarge") throw new ServiceError("RequestTooLargeException", message, { status: 413 });
  if (reported) {
    const { errorType, errorMessage, stackTrace } = reported;
    return { errorType, errorMessage, ...(stackTrace ? { trace: stackTrace } : {}) };
  }
  const types: Partial<Record<typeof code, string>> = {
    Timeout: "Sandbox.Timedout",
    RuntimeExited: "Runtime.ExitError",
    InitError: "Runtime.ExitError",
    ResponseSizeTooLarge: "Function.ResponseSizeTooLarge",
  };
  return { errorType: types[code] ?? "Error", errorMessage: `RequestId: ${requestId} Error: ${message}` };
}
