/**
 * Step Functions: one Standard state machine, interpreted in the router itself, because it mostly waits. Executions are
 * stored in SQLite and continue after any kind of end. machine.ts lists the supported part of the States Language,
 * api.ts the operations.
 */
import { ACCOUNT, roleArn, stateMachineArn } from "../../core/arns.ts";
import {
  type AwsService,
  type InvokeFunction,
  jsonReply,
  type RunTask,
  readInput,
  ServiceError,
} from "../../core/aws-service.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { Ledger } from "../../core/ledger.ts";
import { STATE_MACHINE } from "../../environment.ts";
import { statesOperations } from "./api.ts";
import { Executions } from "./executions.ts";
import { Journal } from "./journal.ts";

export type StepFunctionsOptions = {
  /** The journal's SQLite file. */
  file: string;
  /** The deployed state machine, in the States Language. */
  definition: object;
  region: string;
  invokeFunction: InvokeFunction;
  runTask: RunTask;
  ledger: Ledger;
  onError?: (message: string) => void;
  clock?: Clock;
  /** 0 to 1, for the jitter of retries. */
  random?: () => number;
};

export type StepFunctions = AwsService & {
  /** Continues the executions of a former router; to be called once functions and tasks can be started. */
  resume(): void;
};

/** Throws UnsupportedDefinition for a definition that would not run as on AWS. */
export function createStepFunctions(options: StepFunctionsOptions): StepFunctions {
  const { file, definition, region, clock = systemClock, random = Math.random, onError = console.error } = options;
  const { invokeFunction, runTask, ledger } = options;
  const stateMachine = { arn: stateMachineArn(region, STATE_MACHINE), name: STATE_MACHINE };
  const arns = {
    region,
    roleArn: roleArn(STATE_MACHINE),
    stateMachine,
    executionArn: (name: string) => `arn:aws:states:${region}:${ACCOUNT}:execution:${STATE_MACHINE}:${name}`,
  };
  const journal = new Journal(file);
  const executions = new Executions({
    journal,
    definition,
    arns,
    clock,
    random,
    invokeFunction,
    runTask,
    ledger,
    onError,
  });
  const operations = statesOperations({
    journal,
    executions,
    definition,
    now: clock.now,
    createdAt: clock.now(),
    ...arns,
  });
  let lastUsedAt: number | undefined;
  return {
    names: ["states"],
    async handle(request) {
      lastUsedAt = clock.now();
      const operation = Object.hasOwn(operations, request.operation) ? operations[request.operation] : undefined;
      if (!operation)
        throw new ServiceError("UnknownOperationException", `The local cloud has no ${request.operation}.`);
      return jsonReply(request, operation(readInput(request)));
    },
    /** It has no process of its own. */
    status() {
      const { running } = executions;
      const state = running > 0 ? "awake" : "asleep";
      return [{ name: "states", state, pids: [], inFlight: running, ...(lastUsedAt ? { lastUsedAt } : {}) }];
    },
    resume: () => executions.resume(),
    async close() {
      executions.close();
      journal.close();
    },
  };
}
