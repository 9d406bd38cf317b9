import { SendTaskFailureCommand, SendTaskHeartbeatCommand, SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { sfn } from "#lib/adapters/sfn.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { CountingMeter, withMeter } from "#lib/metering/meter.ts";
import { TaskInput } from "#lib/workflow/task.schema.ts";
import type { TaskWatch } from "#lib/workflow/task.ts";
import { type TaskClient, taskClient } from "#lib/workflow/task-client.ts";
import { RunNotFound } from "#lib/workflow/workflow.errors.ts";

/** Step Functions gives a task up after 120 seconds without a heartbeat. */
const HEARTBEAT_MS = 25_000;
/** No heartbeat is sent after this long without progress, so that a task that hangs is given up. */
const NO_PROGRESS_MS = 90_000;
/** Step Functions' errors when nobody waits for this task any more. */
const PURGED = new Set(["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"]);

type Work = (client: TaskClient, watch: TaskWatch) => Promise<object>;
export type TaskOptions = { heartbeatMs?: number; stillMs?: number; env?: NodeJS.ProcessEnv };

/**
 * Runs the work of a container for the state machine: TASK_INPUT is its input as JSON, TASK_TOKEN identifies it for
 * reports. Returns the exit code. The message of an unknown error is only logged. If the transfer was purged meanwhile,
 * the work is reported as finished.
 */
export async function runTask(work: Work, options: TaskOptions = {}): Promise<number> {
  const { heartbeatMs = HEARTBEAT_MS, stillMs = NO_PROGRESS_MS, env = process.env } = options;
  const { TASK_TOKEN: taskToken, TASK_INPUT: text } = env;
  if (!taskToken || !text) {
    const missing = taskToken ? "TASK_INPUT" : "TASK_TOKEN";
    console.error(`${missing} is not set: the delivery workflow starts this program, with a token and an input.`);
    return 2;
  }
  const stop = new AbortController();
  const onTerm = () => stop.abort(new VisibleError("TaskStopped", 503, "The container was stopped."));
  process.once("SIGTERM", onTerm);
  let movedAt = performance.now();
  const heartbeat = async () => {
    if (performance.now() - movedAt > stillMs) return;
    try {
      await sfn().send(new SendTaskHeartbeatCommand({ taskToken }));
    } catch (error) {
      if (isPurgedError(error)) stop.abort(error);
      // The next one may succeed; four in a row may be lost.
      else console.error("A heartbeat was not sent:", error);
    }
  };
  const watch: TaskWatch = {
    moved: () => {
      movedAt = performance.now();
    },
    signal: stop.signal,
  };
  const beating = setInterval(heartbeat, heartbeatMs);
  try {
    await heartbeat();
    const client = taskClient(TaskInput.parse(JSON.parse(text)));
    const output = await withMeter(new CountingMeter(), () => work(client, watch).catch(nothingIfPurged));
    await sfn().send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
    return 0;
  } catch (error) {
    console.error(error);
    if (isPurgedError(error) || isPurgedError(stop.signal.reason)) return 1;
    await sfn().send(new SendTaskFailureCommand({ taskToken, ...describe(stop.signal.reason ?? error) }));
    return 1;
  } finally {
    clearInterval(beating);
    process.off("SIGTERM", onTerm);
  }
}

/** The transfer was purged meanwhile. */
const nothingIfPurged = (error: unknown): object => {
  if (error instanceof RunNotFound) return {};
  throw error;
};

const isPurgedError = (error: unknown): boolean => error instanceof Error && PURGED.has(error.name);

/** The error's name for the state machine, and a sentence for people. */
const describe = (error: unknown): { error: string; cause: string } =>
  error instanceof VisibleError
    ? { error: error.code, cause: error.message }
    : { error: "TaskFailed", cause: "The container stopped unexpectedly; its log says more." };
