/**
 * The part of the Amazon States Language that runs here. Reading a definition refuses every field that would have no
 * effect, so a workflow that passes locally means the same on AWS.
 */
import type { Json } from "../../core/json.ts";
import { checkRule, type Rule } from "./choice.ts";
import { checkPath, checkTemplate, UnsupportedDefinition } from "./paths.ts";

export type Retrier = {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: "FULL" | "NONE";
};
export type Catcher = { ErrorEquals: string[]; ResultPath?: string | null; Next: string };

type Following = { Next?: string; End?: boolean };
type Guarded = Following & { ResultPath?: string | null; Retry?: Retrier[]; Catch?: Catcher[] };

export type TaskState = Guarded & {
  Type: "Task";
  Resource: string;
  Parameters?: Json;
  TimeoutSeconds?: number;
  HeartbeatSeconds?: number;
};
export type MapState = Guarded & {
  Type: "Map";
  ItemsPath?: string;
  ItemSelector?: Json;
  /** 0 or absent: as many as an inline Map can run at a time. */
  MaxConcurrency?: number;
  ItemProcessor: States;
};
export type ChoiceState = { Type: "Choice"; Choices: (Rule & { Next: string })[]; Default?: string };
export type PassState = Following & { Type: "Pass"; Parameters?: Json; ResultPath?: string | null };
export type SucceedState = { Type: "Succeed" };
export type FailState = { Type: "Fail"; Error?: string; Cause?: string };
export type State = TaskState | MapState | ChoiceState | PassState | SucceedState | FailState;

export type States = { StartAt: string; States: Record<string, State> };
export type Machine = States & { Comment?: string; TimeoutSeconds?: number };

/** The resource of a container that reports with its token. Every other resource is a function's ARN. */
export const RUN_TASK = "arn:aws:states:::ecs:runTask.waitForTaskToken";

const GUARDED = ["ResultPath", "Retry", "Catch", "Next", "End"];
const FIELDS: Record<State["Type"], string[]> = {
  Task: [...GUARDED, "Resource", "Parameters", "TimeoutSeconds", "HeartbeatSeconds"],
  Map: [...GUARDED, "ItemsPath", "ItemSelector", "MaxConcurrency", "ItemProcessor"],
  Choice: ["Choices", "Default"],
  Pass: ["Parameters", "ResultPath", "Next", "End"],
  Succeed: [],
  Fail: ["Error", "Cause"],
};
const RETRIER = ["ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"];

/** Throws UnsupportedDefinition for anything that would not run as on AWS. */
export function readMachine(definition: object): Machine {
  // Guarantee: the checks below refuse every other shape.
  const machine = definition as Machine;
  onlyFields("The state machine", machine, ["Comment", "TimeoutSeconds", "StartAt", "States"]);
  checkStates(machine);
  return machine;
}

function checkStates(states: States): void {
  const known = (from: string, name: string | undefined): void => {
    if (name === undefined || !Object.hasOwn(states.States, name))
      throw new UnsupportedDefinition(`${from} leads to ${name}, which is no state beside it`);
  };
  known("StartAt", states.StartAt);
  for (const [name, state] of Object.entries(states.States)) {
    if (!Object.hasOwn(FIELDS, state.Type)) throw new UnsupportedDefinition(`${name}: no ${state.Type} states here`);
    onlyFields(name, state, [...FIELDS[state.Type], "Type", "Comment"]);
    for (const next of nextOf(name, state)) known(name, next);
    checkState(name, state);
  }
}

function nextOf(name: string, state: State): string[] {
  if (state.Type === "Succeed" || state.Type === "Fail") return [];
  if (state.Type === "Choice") return [...state.Choices.map(({ Next }) => Next), state.Default ?? []].flat();
  if ((state.Next === undefined) === (state.End !== true))
    throw new UnsupportedDefinition(`${name} needs either Next or End`);
  const caught = "Catch" in state ? (state.Catch ?? []).map(({ Next }) => Next) : [];
  return [state.Next ?? [], caught].flat();
}

function checkState(name: string, state: State): void {
  if (state.Type === "Choice") for (const rule of state.Choices) checkRule(rule);
  if ("Parameters" in state) checkTemplate(state.Parameters);
  if ("ResultPath" in state && state.ResultPath !== null) checkPath(state.ResultPath, `${name}: ResultPath`);
  if (state.Type !== "Task" && state.Type !== "Map") return;
  for (const retrier of state.Retry ?? []) onlyFields(`${name}: Retry`, retrier, RETRIER);
  for (const catcher of state.Catch ?? []) {
    onlyFields(`${name}: Catch`, catcher, ["ErrorEquals", "ResultPath", "Next"]);
    if (typeof catcher.ResultPath === "string") checkPath(catcher.ResultPath, `${name}: Catch`);
  }
  if (state.Type === "Task") {
    if (state.Resource !== RUN_TASK && !/^arn:[\w-]+:lambda:[\w-]+:\d+:function:[\w-]+$/.test(state.Resource))
      throw new UnsupportedDefinition(`${name}: the local cloud has no ${state.Resource}`);
    return;
  }
  checkPath(state.ItemsPath ?? "$", `${name}: ItemsPath`);
  checkTemplate(state.ItemSelector);
  const { ProcessorConfig, ...states } = state.ItemProcessor as States & { ProcessorConfig?: { Mode?: string } };
  if ((ProcessorConfig?.Mode ?? "INLINE") !== "INLINE")
    throw new UnsupportedDefinition(`${name}: only inline Maps here`);
  onlyFields(`${name}: ItemProcessor`, states, ["StartAt", "States"]);
  checkStates(states);
}

function onlyFields(what: string, value: object, allowed: readonly string[]): void {
  const unknown = Object.keys(value).filter((field) => !allowed.includes(field));
  if (unknown.length > 0) throw new UnsupportedDefinition(`${what}: the local cloud has no ${unknown.join(", ")}`);
}

/** Milliseconds until the next attempt, after `used` retries. */
export function retryDelayMs(retrier: Retrier, used: number, random: () => number): number {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier;
  const seconds = Math.min(IntervalSeconds * BackoffRate ** used, MaxDelaySeconds);
  return seconds * 1000 * (retrier.JitterStrategy === "FULL" ? random() : 1);
}
