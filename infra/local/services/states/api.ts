/** The operations of Step Functions' API that the application and its tests use, with the service's own errors. */

import { randomUUID } from "node:crypto";
import { ServiceError } from "../../core/aws-service.ts";
import type { Json } from "../../core/json.ts";
import type { Executions, TaskReport } from "./executions.ts";
import { MAX_PAYLOAD_BYTES } from "./failure.ts";
import { MAX_EVENTS } from "./history.ts";
import type { Journal } from "./journal.ts";
import type { Execution, ExecutionStatus } from "./thread.ts";

export type StatesApiOptions = {
  journal: Journal;
  executions: Executions;
  definition: object;
  now(): number;
  /** The state machine's creation time: the start of the router. */
  createdAt: number;
  stateMachine: { arn: string; name: string };
  roleArn: string;
  executionArn(name: string): string;
};

type Input = Record<string, unknown>;
export type Operations = Record<string, (input: Input) => object>;

const STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];
const MAX_NAME = 80;
const MAX_TOKEN = 2048;
const MAX_ERROR = 256;
const MAX_CAUSE = 32_768;
const REDRIVABLE_MS = 14 * 24 * 3600 * 1000;

const seconds = (ms: number): number => ms / 1000;
const refuse = (message: string): ServiceError =>
  new ServiceError("ValidationException", `1 validation error detected: ${message}`);

export function statesOperations(options: StatesApiOptions): Operations {
  const { journal, executions, definition, now, createdAt, stateMachine, roleArn, executionArn } = options;

  function requireMachine(input: Input): void {
    const arn = text(input, "stateMachineArn") ?? "";
    if (!arn.startsWith("arn:")) throw new ServiceError("InvalidArn", `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
    if (arn !== stateMachine.arn)
      throw new ServiceError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
  }

  function getExecution(input: Input): Execution {
    const arn = text(input, "executionArn") ?? "";
    if (!arn.startsWith("arn:")) throw new ServiceError("InvalidArn", `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
    const execution = journal.findExecution(arn.slice(arn.lastIndexOf(":") + 1));
    if (!execution || executionArn(execution.name) !== arn)
      throw new ServiceError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  const summary = (execution: Execution) => ({
    executionArn: executionArn(execution.name),
    stateMachineArn: stateMachine.arn,
    name: execution.name,
    status: execution.status,
    startDate: seconds(execution.startedAt),
    ...(execution.stoppedAt === undefined ? {} : { stopDate: seconds(execution.stoppedAt) }),
    redriveCount: execution.redrives,
    ...(execution.redrivenAt === undefined ? {} : { redriveDate: seconds(execution.redrivenAt) }),
  });

  function report(input: Input, what: TaskReport): object {
    const token = text(input, "taskToken", MAX_TOKEN) ?? "";
    if (!executions.report(token, what))
      throw new ServiceError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
    return {};
  }

  return {
    StartExecution(input) {
      requireMachine(input);
      const name = text(input, "name") ?? randomUUID();
      if (name === "" || name.length > MAX_NAME || /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/.test(name))
        throw new ServiceError("InvalidName", `Invalid Name: '${name}'`);
      const given = payload(input, "input", "InvalidExecutionInput") ?? "{}";
      const known = journal.findExecution(name);
      // A second start with the same name and input returns the running execution.
      if (known && (known.status !== "RUNNING" || known.input !== given))
        throw new ServiceError("ExecutionAlreadyExists", `Execution Already Exists: '${executionArn(name)}'`);
      const { startedAt } = known ?? executions.start(name, given);
      return { executionArn: executionArn(name), startDate: seconds(startedAt) };
    },

    DescribeExecution(input) {
      const execution = getExecution(input);
      const { output, error, cause } = execution;
      const reason = notRedrivable(execution, now());
      return {
        ...summary(execution),
        input: execution.input,
        inputDetails: { included: true },
        ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
        redriveStatus: reason === undefined ? "REDRIVABLE" : "NOT_REDRIVABLE",
        ...(reason === undefined ? {} : { redriveStatusReason: reason }),
      };
    },

    ListExecutions(input) {
      requireMachine(input);
      const status = text(input, "statusFilter") as ExecutionStatus | undefined;
      if (status !== undefined && !STATUSES.includes(status))
        throw refuse(`Value '${status}' at 'statusFilter' failed to satisfy constraint`);
      const limit = limitOf(input);
      const listed = journal.listExecutions({
        limit,
        ...(status === undefined ? {} : { status }),
        ...nextFrom(input, "before"),
      });
      const last = listed.at(-1);
      return {
        executions: listed.map(([, execution]) => summary(execution)),
        ...(last && listed.length === limit ? { nextToken: String(last[0]) } : {}),
      };
    },

    StopExecution(input) {
      const failure = failureIn(input);
      const { stoppedAt } = executions.stop(getExecution(input), failure);
      return stoppedAt === undefined ? {} : { stopDate: seconds(stoppedAt) };
    },

    RedriveExecution(input) {
      const execution = getExecution(input);
      const reason = notRedrivable(execution, now());
      if (reason !== undefined)
        throw new ServiceError("ExecutionNotRedrivable", `Execution Not Redrivable: '${reason}'`);
      const { redrivenAt } = executions.redrive(execution);
      return { redriveDate: seconds(redrivenAt ?? execution.startedAt) };
    },

    GetExecutionHistory(input) {
      const { name } = getExecution(input);
      const reverse = input["reverseOrder"] === true;
      const limit = limitOf(input);
      const { after } = { after: reverse ? MAX_EVENTS + 1 : 0, ...nextFrom(input, "after") };
      const events = journal.listEvents(name, { after, reverse, limit });
      const last = events.at(-1);
      return {
        events: events.map(({ id, previous, at, type, details }) => ({
          timestamp: seconds(at),
          type,
          id,
          previousEventId: previous,
          ...(input["includeExecutionData"] === false ? withoutData(details) : details),
        })),
        ...(last && events.length === limit ? { nextToken: String(last.id) } : {}),
      };
    },

    DescribeStateMachine(input) {
      requireMachine(input);
      return {
        stateMachineArn: stateMachine.arn,
        name: stateMachine.name,
        status: "ACTIVE",
        definition: JSON.stringify(definition),
        roleArn,
        type: "STANDARD",
        creationDate: seconds(createdAt),
        loggingConfiguration: { level: "OFF", includeExecutionData: false },
        tracingConfiguration: { enabled: false },
      };
    },

    SendTaskSuccess(input) {
      // The JSON was parsed before, when invalid JSON was refused.
      return report(input, { output: JSON.parse(payload(input, "output", "InvalidOutput") ?? "null") as Json });
    },
    SendTaskFailure(input) {
      const { error = "", cause } = failureIn(input);
      return report(input, { failure: { error, ...(cause === undefined ? {} : { cause }) } });
    },
    SendTaskHeartbeat(input) {
      return report(input, "heartbeat");
    },
  };
}

/** Why the execution can't be redriven, or undefined when it can. */
function notRedrivable({ status, startedAt, events }: Execution, now: number): string | undefined {
  if (status === "RUNNING") return "Execution is RUNNING and cannot be redriven";
  if (status === "SUCCEEDED") return "Execution is SUCCEEDED and cannot be redriven";
  if (now - startedAt > REDRIVABLE_MS) return "Execution redrivable period exceeded";
  return events >= MAX_EVENTS - 1 ? "Execution has reached the maximum number of history events" : undefined;
}

function text(input: Input, name: string, max = Number.POSITIVE_INFINITY): string | undefined {
  const value = input[name] ?? undefined;
  if (value !== undefined && typeof value !== "string") throw refuse(`Value at '${name}' must be a string`);
  if (value !== undefined && value.length > max)
    throw refuse(
      `Value at '${name}' failed to satisfy constraint: Member must have length less than or equal to ${max}`,
    );
  return value;
}

/** Checks JSON and returns it unchanged. */
function payload(input: Input, name: string, refusal: string): string | undefined {
  const value = text(input, name);
  if (value === undefined) return undefined;
  if (Buffer.byteLength(value) > MAX_PAYLOAD_BYTES)
    throw refuse(
      `Value at '${name}' failed to satisfy constraint: Member must have length less than or equal to ${MAX_PAYLOAD_BYTES}`,
    );
  try {
    JSON.parse(value);
    return value;
  } catch (error) {
    throw new ServiceError(refusal, `Invalid ${name}: '${error instanceof Error ? error.message : String(error)}'`);
  }
}

function failureIn(input: Input): { error?: string; cause?: string } {
  const error = text(input, "error", MAX_ERROR);
  const cause = text(input, "cause", MAX_CAUSE);
  return { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
}

function limitOf(input: Input): number {
  const asked = input["maxResults"] ?? 0;
  if (!Number.isInteger(asked) || Number(asked) < 0 || Number(asked) > 1000)
    throw refuse("Value at 'maxResults' failed to satisfy constraint: Member must be between 0 and 1000");
  return Number(asked) || 100;
}

function nextFrom<Name extends string>(input: Input, name: Name): { [key in Name]?: number } {
  const token = text(input, "nextToken");
  if (token === undefined) return {};
  if (!/^\d+$/.test(token)) throw new ServiceError("InvalidToken", `Invalid Token: '${token}'`);
  return { [name]: Number(token) } as { [key in Name]?: number };
}

function withoutData(details: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => {
      const { input: _, output: __, parameters: ___, ...kept } = value as Record<string, unknown>;
      return [name, kept];
    }),
  );
}
