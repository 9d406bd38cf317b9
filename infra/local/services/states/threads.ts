/** The threads of one execution, the data that each can read, and the changes that are not in the journal yet. */
import type { Json } from "../../core/json.ts";
import { type Failure, matches, runtimeFailure } from "./failure.ts";
import { detailsOf, MAX_EVENTS, RUN_TASK_NAMES } from "./history.ts";
import { type Machine, type MapState, RUN_TASK, type State, type States, type TaskState } from "./machine.ts";
import { fill, readPath, type Sources } from "./paths.ts";
import { type Changes, type Execution, type HistoryEvent, indexOf, parentOf, type Thread } from "./thread.ts";

export type RunContext = {
  now(): number;
  /** 0 to 1, for the jitter of retries. */
  random(): number;
  newToken(): string;
  region: string;
  roleArn: string;
  stateMachine: { arn: string; name: string };
  executionArn(name: string): string;
};

/** The history is full: only the end of the execution may follow. */
export class HistoryFull extends Error {}

const ENDINGS = ["ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"];

export class Threads {
  readonly #execution: Execution;
  readonly #machine: Machine;
  readonly #around: RunContext;
  readonly #byPath = new Map<string, Thread>();
  #touched = new Set<string>();
  #removed = new Set<string>();
  #events: HistoryEvent[] = [];
  #opened: Thread[] = [];
  #closed: string[] = [];

  constructor(execution: Execution, threads: readonly Thread[], machine: Machine, around: RunContext) {
    this.#execution = execution;
    this.#machine = machine;
    this.#around = around;
    for (const thread of threads) this.#byPath.set(thread.path, thread);
  }

  find(path: string): Thread | undefined {
    return this.#byPath.get(path);
  }

  list(): Thread[] {
    return [...this.#byPath.values()];
  }

  /** Items of a thread's Map, in their order. */
  childrenOf({ path }: Thread): Thread[] {
    return this.list()
      .filter((other) => other.path !== "" && parentOf(other.path) === path)
      .sort((one, other) => indexOf(one.path) - indexOf(other.path));
  }

  /** The thread whose Map an item belongs to. */
  parentOf({ path }: Thread): Thread {
    const parent = this.#byPath.get(parentOf(path));
    if (!parent) throw new Error(`The item ${path} has lost its Map`);
    return parent;
  }

  stateOf({ path, state }: Pick<Thread, "path" | "state">): State {
    const found = this.#scopeOf(path).States[state];
    if (!found) throw new Error(`There is no state ${state}`);
    return found;
  }

  #scopeOf(path: string): States {
    if (path === "") return this.#machine;
    const parent = this.#byPath.get(parentOf(path));
    if (!parent) throw new Error(`The item ${path} has lost its Map`);
    return (this.stateOf(parent) as MapState).ItemProcessor;
  }

  // What a state sees

  sourcesOf(thread: Thread, more: Record<string, Json> = {}): Sources {
    const { name, input, startedAt, redrives } = this.#execution;
    const { stateMachine, roleArn, executionArn } = this.#around;
    const context: Json = {
      Execution: {
        Id: executionArn(name),
        Input: JSON.parse(input) as Json,
        Name: name,
        RoleArn: roleArn,
        StartTime: new Date(startedAt).toISOString(),
        RedriveCount: redrives,
      },
      State: {
        Name: thread.state,
        EnteredTime: new Date(thread.enteredAt).toISOString(),
        RetryCount: thread.retries.reduce((sum, count) => sum + count, 0),
      },
      StateMachine: { Id: stateMachine.arn, Name: stateMachine.name },
      ...(thread.token === undefined ? {} : { Task: { Token: thread.token } }),
      ...more,
    };
    return { input: thread.input, context };
  }

  parametersOf(thread: Thread, { Parameters }: { Parameters?: Json }): Json {
    return Parameters === undefined ? thread.input : fill(Parameters, this.sourcesOf(thread));
  }

  itemsOf(thread: Thread, { ItemsPath = "$" }: MapState): Json[] {
    const items = readPath(ItemsPath, this.sourcesOf(thread), "ItemsPath");
    if (!Array.isArray(items)) throw runtimeFailure(`Reference path '${ItemsPath}' must point to an array`);
    return items;
  }

  /** The first retrier of the state that matches this failure, and how often it was used. */
  retrierFor(thread: Thread, failure: Failure) {
    const state = this.stateOf(thread);
    const retriers = state.Type === "Task" || state.Type === "Map" ? (state.Retry ?? []) : [];
    const at = retriers.findIndex(({ ErrorEquals }) => matches(ErrorEquals, failure));
    return { at, retrier: retriers[at], used: thread.retries[at] ?? 0 };
  }

  catcherFor(thread: Thread, failure: Failure) {
    const state = this.stateOf(thread);
    const catchers = state.Type === "Task" || state.Type === "Map" ? (state.Catch ?? []) : [];
    return catchers.find(({ ErrorEquals }) => matches(ErrorEquals, failure));
  }

  // Changes

  put(thread: Thread): void {
    this.#byPath.set(thread.path, thread);
    this.touch(thread);
  }

  touch({ path }: Thread): void {
    this.#touched.add(path);
  }

  remove(thread: Thread): void {
    this.close(thread);
    this.#byPath.delete(thread.path);
    this.#removed.add(thread.path);
  }

  removeChildren(thread: Thread): void {
    for (const child of this.childrenOf(thread)) {
      this.removeChildren(child);
      this.remove(child);
    }
  }

  /** Its token is valid from now on. */
  open(thread: Thread): void {
    this.#opened.push(thread);
  }

  /** Its token is invalid from now on. */
  close(thread: Thread): void {
    if (thread.token !== undefined) this.#closed.push(thread.token);
    thread.token = undefined;
    thread.timeoutAt = undefined;
    thread.heartbeatAt = undefined;
  }

  /** Throws HistoryFull. */
  record(thread: Thread | undefined, type: string, details: object = {}): void {
    const execution = this.#execution;
    if (execution.events >= MAX_EVENTS - 1 && !ENDINGS.includes(type)) throw new HistoryFull();
    execution.events += 1;
    const id = execution.events;
    const previous = thread?.lastEvent ?? 0;
    this.#events.push({ id, previous, at: this.#around.now(), type, details: detailsOf(type, details) });
    if (!thread) return;
    thread.lastEvent = id;
    this.touch(thread);
  }

  recordTask(thread: Thread, { Resource }: TaskState, what: string, details: object): void {
    if (Resource === RUN_TASK) this.record(thread, `Task${what}`, { ...RUN_TASK_NAMES, ...details });
    else this.record(thread, `LambdaFunction${what}`, details);
  }

  /** What has changed since the last call. */
  takeChanges(): Changes {
    const changes = {
      threads: [...this.#touched].flatMap((path) => this.#byPath.get(path) ?? []),
      removed: [...this.#removed].filter((path) => !this.#byPath.has(path)),
      events: this.#events,
      opened: this.#opened,
      closed: this.#closed,
    };
    this.#touched = new Set();
    this.#removed = new Set();
    this.#events = [];
    this.#opened = [];
    this.#closed = [];
    return changes;
  }
}
