import { SendTaskFailureCommand, SendTaskHeartbeatCommand, SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { sfn } from "#lib/adapters/sfn.ts";
import { systemClock } from "#lib/kernel/clock.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { CountingMeter, withMeter } from "#lib/metering/meter.ts";
import type { RunRef } from "#lib/workflow/run.schema.ts";
import type { TaskWatch } from "#lib/workflow/task.ts";
import { unlessForgotten } from "#lib/workflow/unless-forgotten.ts";

/** Step Functions gives a task up after 120 seconds without one. */
const HEARTBEAT_MS = 25_000;
/** Without a sign of life for that long, no heartbeat goes out: a task that hangs is given up. */
const STILL_MS = 90_000;
/** What Step Functions answers when nobody waits for this task any more. */
const FORGOTTEN = new Set(["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"]);

type Work<T> = (ctx: Ctx, input: T, watch: TaskWatch) => Promise<object>;
export type TaskOptions = { heartbeatMs?: number; stillMs?: number; env?: NodeJS.ProcessEnv };

/**
 * Runs the work of a container that the state machine waits for: TASK_INPUT is its input as JSON, TASK_TOKEN what it
 * reports with. Answers the exit code. What an unknown error says goes to the log, and to nobody else. Of a transfer that
 * was deleted for good meanwhile there is nothing to report but that the work is over.
 */
export async function runTask<T extends RunRef>(
  schema: { parse(input: unknown): T },
  work: Work<T>,
  options: TaskOptions = {},
): Promise<number> {
  const { heartbeatMs = HEARTBEAT_MS, stillMs = STILL_MS, env = process.env } = options;
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
      if (isForgotten(error)) stop.abort(error);
      // The next one may get through; four may be lost.
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
    const input = schema.parse(JSON.parse(text));
    const meter = new CountingMeter();
    const ctx: Ctx = { actor: { kind: "system", workspaceId: input.workspaceId }, clock: systemClock, meter };
    const output = await withMeter(meter, () => unlessForgotten(input, {}, () => work(ctx, input, watch)));
    await sfn().send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
    return 0;
  } catch (error) {
    console.error(error);
    if (isForgotten(error) || isForgotten(stop.signal.reason)) return 1;
    await sfn().send(new SendTaskFailureCommand({ taskToken, ...describe(stop.signal.reason ?? error) }));
    return 1;
  } finally {
    clearInterval(beating);
    process.off("SIGTERM", onTerm);
  }
}

const isForgotten = (error: unknown): boolean => error instanceof Error && FORGOTTEN.has(error.name);

/** A name for the state machine, a sentence for people. */
const describe = (error: unknown): { error: string; cause: string } =>
  error instanceof VisibleError
    ? { error: error.code, cause: error.message }
    : { error: "TaskFailed", cause: "The container stopped unexpectedly; its log says more." };
