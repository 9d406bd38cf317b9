/** One instance of a function: a process that serves one invocation at a time through its Runtime API. */
import { type ChildProcess, spawn } from "node:child_process";
import type { IncomingMessage } from "node:http";
import { dirname, join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { fileURLToPath } from "node:url";
import { functionArn } from "../../core/arns.ts";
import { childEnvironment, endChild, exitOf } from "../../core/child-process.ts";
import { spawnIsolated } from "../../core/isolation.ts";
import {
  type FunctionConfig,
  type FunctionResponse,
  InvocationError,
  type InvocationReport,
  LIMITS,
} from "./function.ts";
import { type FunctionError, serveRuntimeApi, trailingError } from "./runtime-api.ts";

export type InstanceEvents = {
  /** Ready for an invocation: after its initialisation and after each invocation. */
  idle(): void;
  /** Its process has ended; `error` says why it never became ready. */
  gone(initError?: InvocationError): void;
  report(report: InvocationReport): void;
  log(stream: "stdout" | "stderr", line: string): void;
};

export type Instance = {
  readonly pid: number;
  /** Passes it an invocation; resolves when the answer begins. The instance must be idle. */
  invoke(requestId: string, event: string): Promise<FunctionResponse>;
  stop(): Promise<void>;
};

const BOOTSTRAP = fileURLToPath(new URL("bootstrap.mjs", import.meta.url));

type Current = {
  id: string;
  from: number;
  outcome: InvocationReport["outcome"];
  timer: NodeJS.Timeout;
  settle: { resolve(response: FunctionResponse): void; reject(error: InvocationError): void };
  body?: IncomingMessage;
};

export async function startInstance(config: FunctionConfig, events: InstanceEvents): Promise<Instance> {
  const started = performance.now();
  let initMs: number | undefined;
  let initError: InvocationError | undefined;
  let current: Current | undefined;
  let ready = false;

  const api = await serveRuntimeApi({
    next() {
      if (!ready) {
        ready = true;
        initMs = performance.now() - started;
        clearTimeout(initTimer);
      }
      finish();
      events.idle();
    },
    response(id, body) {
      if (current?.id !== id) return void body.resume();
      current.body = body;
      if (body.headers["lambda-runtime-function-response-mode"] === "streaming") {
        const contentType = body.headers["content-type"] ?? "application/octet-stream";
        current.settle.resolve({ mode: "streaming", contentType, body: limited(body) });
      } else {
        const { settle } = current;
        collect(body).then(
          (payload) => settle.resolve({ mode: "buffered", payload }),
          (error: unknown) => fail(error instanceof InvocationError ? error : exited()),
        );
      }
    },
    error(id, error) {
      if (current?.id === id) fail(functionError(error));
    },
    initError(error) {
      initError = new InvocationError("InitError", `${error.errorType}: ${error.errorMessage}`, error);
    },
  });

  const child = spawnRuntime(config, api.address, events.log);
  // Lambda initialises once more within the first invocation's timeout; here the first initialisation goes on instead.
  const patience = (config.initMs ?? LIMITS.initMs) + config.timeoutMs;
  const initTimer = setTimeout(() => {
    initError = new InvocationError("InitError", `${config.name} was not ready after ${patience} ms`);
    child.kill("SIGKILL");
  }, patience);
  lines(child.stdout, (line) => events.log("stdout", line));
  lines(child.stderr, (line) => events.log("stderr", line));
  void exitOf(child).then(() => {
    clearTimeout(initTimer);
    fail(exited());
    finish();
    api.close();
    events.gone(
      ready ? undefined : (initError ?? new InvocationError("InitError", `${config.name} ended before it was ready`)),
    );
  });

  function exited(): InvocationError {
    return new InvocationError("RuntimeExited", `${config.name} ended during an invocation`);
  }

  /** Ends the current invocation with an error: the caller gets it, or the answer that has begun breaks off. */
  function fail(error: InvocationError): void {
    if (current?.outcome !== "ok") return;
    current.outcome = error.code;
    current.settle.reject(error);
    if (error.code === "Timeout" || error.code === "RuntimeExited") current.body?.destroy();
  }

  function finish(): void {
    if (!current) return;
    const { id, from, outcome, timer } = current;
    clearTimeout(timer);
    current = undefined;
    const init = initMs;
    initMs = undefined;
    events.report({
      requestId: id,
      durationMs: performance.now() - from,
      ...(init === undefined ? {} : { initMs: init }),
      outcome,
    });
  }

  function limited(body: IncomingMessage): Readable {
    let bytes = 0;
    const limit = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        if (bytes <= LIMITS.streamedResponse) return done(null, chunk);
        done(new InvocationError("ResponseSizeTooLarge", "A streamed response is limited to 200 MB"));
      },
      flush(done) {
        const error = trailingError(body);
        done(error ? functionError(error) : null);
      },
    });
    limit.on("error", (error) => error instanceof InvocationError && fail(error));
    // The function runs to its end, as on AWS when nobody reads its answer.
    limit.once("close", () => body.resume());
    body.once("error", () => limit.destroy(exited()));
    return body.pipe(limit);
  }

  return {
    pid: child.pid ?? 0,
    invoke(id, event) {
      const answered = new Promise<FunctionResponse>((resolve, reject) => {
        const timer = setTimeout(() => {
          fail(new InvocationError("Timeout", `${config.name} timed out after ${config.timeoutMs} ms`));
          child.kill("SIGKILL");
        }, config.timeoutMs);
        current = { id, from: performance.now(), outcome: "ok", timer, settle: { resolve, reject } };
      });
      const arn = functionArn(config.region, config.name);
      api.dispatch({ id, event, deadlineMs: Date.now() + config.timeoutMs, functionArn: arn });
      return answered;
    },
    stop: () => endChild(child, { graceMs: 300 }),
  };
}

function spawnRuntime(config: FunctionConfig, address: string, log: InstanceEvents["log"]): ChildProcess {
  const { bundle, isolation, inspected } = config;
  const args = [
    "--disable-warning=ExperimentalWarning",
    ...(inspected ? ["--enable-source-maps", "--inspect=127.0.0.1:0"] : []),
    BOOTSTRAP,
  ];
  const env = { ...config.environment, ...runtimeVariables(config, address) };
  if (!isolation)
    return spawn(process.execPath, args, {
      cwd: bundle,
      env: childEnvironment(env),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
  // Packages that are in no bundle are in a folder beside the bundles.
  const read = [BOOTSTRAP, bundle, join(dirname(bundle), "node_modules"), dirname(address)];
  return spawnIsolated(process.execPath, args, {
    isolation,
    read,
    cwd: bundle,
    env,
    say: (line) => log("stderr", line),
  });
}

/** The variables that Lambda adds to the function's own ("Defined runtime environment variables"). */
function runtimeVariables(config: FunctionConfig, address: string): Record<string, string> {
  return {
    AWS_LAMBDA_RUNTIME_API: address,
    AWS_LAMBDA_FUNCTION_NAME: config.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${config.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${new Date().toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]${process.pid}`,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_REGION: config.region,
    AWS_DEFAULT_REGION: config.region,
    LAMBDA_TASK_ROOT: config.bundle,
    LAMBDA_RUNTIME_DIR: fileURLToPath(new URL(".", import.meta.url)),
    TZ: ":UTC",
    _HANDLER: config.handler,
    NODE_OPTIONS: `--max-old-space-size=${Math.floor(config.memoryMb * 0.9)}`,
  };
}

function functionError(error: FunctionError): InvocationError {
  return new InvocationError("FunctionError", `${error.errorType}: ${error.errorMessage}`, error);
}

async function collect(body: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length;
    if (bytes <= LIMITS.bufferedResponse) chunks.push(chunk as Buffer);
  }
  if (bytes > LIMITS.bufferedResponse) {
    throw new InvocationError("ResponseSizeTooLarge", "A buffered response is limited to 6 MB");
  }
  return Buffer.concat(chunks);
}

function lines(stream: Readable | null, each: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) each(part);
  });
  stream?.once("end", () => rest && each(rest));
}
