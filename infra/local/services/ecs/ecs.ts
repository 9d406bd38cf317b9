/**
 * ECS on Fargate: a task runs its entry point from source in a child process, with a function's variables and nothing
 * of the user's shell. As on AWS, only the task itself reports to the state machine how its work ended.
 */

import { type AwsService, jsonReply, type RunTask, readInput, ServiceError } from "../../core/aws-service.ts";
import type { Json } from "../../core/json.ts";
import { ecsOperations } from "./api.ts";
import { Tasks, type TasksOptions } from "./tasks.ts";

export type EcsOptions = Omit<TasksOptions, "log"> & {
  region: string;
  log?: (task: string, line: string) => void;
};

export type Ecs = AwsService & {
  /** For the state machine: RunTask with parameters in the spelling of the States Language, `TaskDefinition`. */
  runTask: RunTask;
};

export function createEcs({ log = () => undefined, ...options }: EcsOptions): Ecs {
  const tasks = new Tasks({ ...options, log });
  const operations = ecsOperations({ tasks, declarations: options.declarations, region: options.region });
  let lastUsedAt: number | undefined;
  return {
    names: ["ecs"],
    async handle(request) {
      lastUsedAt = Date.now();
      const { operation } = request;
      if (!Object.hasOwn(operations, operation))
        throw new ServiceError("UnknownOperationException", `The local cloud has no ${operation}.`);
      return jsonReply(request, operations[operation as keyof typeof operations](readInput(request)));
    },
    status() {
      const { pids } = tasks;
      const state = pids.length > 0 ? "awake" : "asleep";
      return [{ name: "tasks", state, pids, inFlight: pids.length, ...(lastUsedAt ? { lastUsedAt } : {}) }];
    },
    async runTask(parameters) {
      lastUsedAt = Date.now();
      const input = renamed(parameters, lowerFirst) as object;
      return renamed(operations.RunTask({ ...input, startedBy: "AWS Step Functions" }) as Json, upperFirst);
    },
    close: () => tasks.close(),
  };
}

const lowerFirst = (name: string): string => `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
const upperFirst = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** The same value with renamed fields: the States Language writes an API's fields in Pascal case. */
function renamed(value: Json, rename: (name: string) => string): Json {
  if (Array.isArray(value)) return value.map((one) => renamed(one, rename));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [rename(name), renamed(inner, rename)]),
  );
}
