import { setTimeout as delay } from "node:timers/promises";
import { LambdaServiceException, TooManyRequestsException } from "@aws-sdk/client-lambda";
import { invoke } from "#lib/adapters/invoke.ts";
import { resources } from "#lib/adapters/resources.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import type { StepWriter } from "./run-step.ts";
import type { TaskAnswers, TaskCall, TaskFile, TaskInput, TaskSignatures } from "./task.schema.ts";
import { BrokerFailed, RunNotFound } from "./workflow.errors.ts";

/** Pauses between attempts of a call that was throttled or lost, in milliseconds. */
const PAUSES_MS = [500, 2000, 8000, 20_000];

/** A container's client of the broker: the calls that it may make, with the ticket of its task. */
export type TaskClient = StepWriter & {
  call<C extends TaskCall>(call: C): Promise<TaskAnswers[C["do"]]>;
  /** The task's files, in their order. */
  files(): AsyncGenerator<TaskFile, undefined>;
  /** For a scan, once it has begun. */
  readonly signatures: TaskSignatures[];
};

/** Throws RunNotFound when the transfer was purged meanwhile, BrokerFailed when the broker refuses. */
export function taskClient({ ticket, ...task }: TaskInput): TaskClient {
  let signatures: TaskSignatures[] = [];

  async function call<C extends TaskCall>(call: C): Promise<TaskAnswers[C["do"]]> {
    for (let tries = 0; ; tries++) {
      try {
        const { answer, failed } = await invoke(resources.broker, { task, ticket, call });
        if (failed !== undefined) throw new BrokerFailed(failed);
        if (answer && typeof answer === "object" && "forgotten" in answer) throw new RunNotFound();
        // Guarantee: the broker is our own, and answers each `do` as `TaskAnswers` says.
        return answer as TaskAnswers[C["do"]];
      } catch (error) {
        const pause = PAUSES_MS[tries];
        if (!isPassing(error) || pause === undefined) throw error;
        await delay(pause);
      }
    }
  }

  return {
    call,
    get signatures() {
      return signatures;
    },
    async begin() {
      const begun = await call({ do: "begin" });
      signatures = begun.signatures;
      return begun;
    },
    async progress(progress) {
      await call({ do: "progress", ...progress });
    },
    async at(ordinal) {
      await call({ do: "at", ordinal });
    },
    async end(end) {
      await call({ do: "end", ...end });
    },
    async *files() {
      for (let from: number | undefined = 0; from !== undefined; ) {
        const page: TaskAnswers["files"] = await call({ do: "files", from });
        yield* page.files;
        from = page.next;
      }
      return undefined;
    },
  };
}

/** Throttled, or a lost connection. What the broker itself refuses is not retried. */
const isPassing = (error: unknown): boolean =>
  error instanceof TooManyRequestsException ||
  (error instanceof LambdaServiceException && error.$fault === "server") ||
  (error instanceof Error && !(error instanceof VisibleError) && "code" in error);
