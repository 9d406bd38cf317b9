/**
 * One execution and its state transitions. Nothing here waits or calls anything: a step changes threads, adds to the
 * history and lists what must be done next (effects). The caller writes all of it to the journal before it carries out
 * the effects.
 */
import type { Json } from "../../core/json.ts";
import { holds } from "./choice.ts";
import { type Failure, requireSize, runtimeFailure, StateFailure } from "./failure.ts";
import { MAX_EVENTS, RUN_TASK_NAMES, withFailure, withInput, withOutput } from "./history.ts";
import { type ChoiceState, type Machine, type MapState, RUN_TASK, retryDelayMs, type TaskState } from "./machine.ts";
import { fill, place } from "./paths.ts";
import {
  type Changes,
  deadlineOf,
  type Effect,
  type Execution,
  type ExecutionStatus,
  indexOf,
  type Thread,
} from "./thread.ts";
import { HistoryFull, type RunContext, Threads } from "./threads.ts";

/** The most items that an inline Map runs at a time ("Map state processing modes"). */
const MAX_CONCURRENCY = 40;
const NEVER = Number.POSITIVE_INFINITY;
const ENDING: Record<Exclude<ExecutionStatus, "RUNNING">, string> = {
  SUCCEEDED: "ExecutionSucceeded",
  FAILED: "ExecutionFailed",
  TIMED_OUT: "ExecutionTimedOut",
  ABORTED: "ExecutionAborted",
};

export class Run {
  readonly execution: Execution;
  readonly #machine: Machine;
  readonly #around: RunContext;
  readonly #threads: Threads;
  /** Threads to run in this step. It is a queue, because Choices may loop thousands of times. */
  #ready: Thread[] = [];
  #effects: Effect[] = [];

  constructor(execution: Execution, threads: readonly Thread[], machine: Machine, around: RunContext) {
    this.execution = execution;
    this.#machine = machine;
    this.#around = around;
    this.#threads = new Threads(execution, threads, machine, around);
  }

  get isRunning(): boolean {
    return this.execution.status === "RUNNING";
  }

  /** The earliest time at which `tick` has something to do. */
  get deadline(): number | undefined {
    const all = [this.execution.timeoutAt, ...this.#threads.list().map(deadlineOf)];
    const given = all.filter((time) => time !== undefined);
    return this.isRunning && given.length > 0 ? Math.min(...given) : undefined;
  }

  // What happens to an execution

  begin(): void {
    this.#step(() => {
      this.#startTimeout();
      const { input } = this.execution;
      const details = { input, inputDetails: { truncated: false }, roleArn: this.#around.roleArn };
      this.#threads.record(undefined, "ExecutionStarted", details);
      this.#enter("", this.#machine.StartAt, JSON.parse(input) as Json, 0);
    });
  }

  /** A task's result: a function's, or one reported with a token. */
  succeed(path: string, attempt: number, result: Json): void {
    this.#report(path, attempt, (thread, state) => {
      requireSize(`The state/task '${thread.state}' returned a result which`, result);
      this.#threads.recordTask(thread, state, "Succeeded", withOutput(result));
      this.#leave(thread, place(result, thread.input, state.ResultPath), state.Next);
    });
  }

  fail(path: string, attempt: number, failure: Failure): void {
    this.#report(path, attempt, (thread, state) => {
      this.#threads.recordTask(thread, state, "Failed", withFailure(failure));
      this.#failed(thread, failure);
    });
  }

  /** ECS has accepted the task; from now on its token is waited for. */
  submitted(path: string, attempt: number, output: Json): void {
    this.#step(() => {
      const thread = this.#current(path, attempt);
      if (!thread) return;
      thread.submitted = true;
      this.#threads.record(thread, "TaskSubmitted", { ...RUN_TASK_NAMES, ...withOutput(output) });
    });
  }

  heartbeat(path: string, attempt: number): void {
    const thread = this.#current(path, attempt);
    const { HeartbeatSeconds } = thread ? (this.#threads.stateOf(thread) as TaskState) : {};
    if (!thread || HeartbeatSeconds === undefined) return;
    thread.heartbeatAt = this.#around.now() + HeartbeatSeconds * 1000;
    this.#threads.touch(thread);
  }

  /** Handles whatever is due by now: timeouts, missed heartbeats, ends of backoffs. */
  tick(): void {
    this.#step(() => {
      const now = this.#around.now();
      if ((this.execution.timeoutAt ?? NEVER) <= now) this.#finish("TIMED_OUT", { error: "States.Timeout" });
      for (const thread of this.#threads.list()) {
        // Handling one may have ended others.
        if (!this.isRunning || this.#threads.find(thread.path) !== thread) continue;
        if ((deadlineOf(thread) ?? NEVER) > now) continue;
        if (thread.phase === "backoff") this.#again(thread);
        else this.#timeOut(thread, now);
      }
    });
  }

  abort(failure: Partial<Failure>): void {
    this.#step(() => this.#finish("ABORTED", failure));
  }

  /** Redrives the execution from where it failed, was aborted or timed out. Finished states are kept. */
  redrive(): void {
    const { execution } = this;
    execution.status = "RUNNING";
    execution.error = execution.cause = execution.stoppedAt = undefined;
    execution.redrives += 1;
    execution.redrivenAt = this.#around.now();
    execution.transitions += 1;
    this.#step(() => {
      this.#startTimeout();
      this.#threads.record(undefined, "ExecutionRedriven", { redriveCount: execution.redrives });
      for (const thread of this.#threads.list()) {
        if (thread.phase === "map") this.#guard(thread, () => this.#iterate(thread));
        if (thread.phase !== "stopped") continue;
        thread.retries = [];
        this.#again(thread);
      }
    });
  }

  /** After a restart: tries again what was running; tasks that wait for a token continue to wait. */
  resume(): void {
    for (const thread of this.#threads.list())
      if (thread.phase === "task" && !thread.submitted) this.#effects.push(this.#effectOf(thread));
  }

  /** What has changed since the last call. */
  takeChanges(): Changes {
    return this.#threads.takeChanges();
  }

  /** Effects to carry out once the changes are in the journal. */
  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects.filter(({ path, attempt }) => this.#current(path, attempt));
  }

  // States

  /** Does the work, and everything that follows from it without waiting. */
  #step(work: () => void): void {
    try {
      work();
      for (let next = this.#ready.shift(); next; next = this.#ready.shift()) {
        const thread = next;
        if (this.isRunning && thread.phase === "ready") this.#guard(thread, () => this.#work(thread));
      }
    } catch (error) {
      if (!(error instanceof HistoryFull)) throw error;
      const cause = `The execution reached the maximum number of history events (${MAX_EVENTS}).`;
      this.#finish("FAILED", { error: "States.Runtime", cause });
    } finally {
      this.#ready = [];
    }
  }

  #report(path: string, attempt: number, work: (thread: Thread, state: TaskState) => void): void {
    this.#step(() => {
      const thread = this.#current(path, attempt);
      if (!thread) return;
      this.#threads.close(thread);
      this.#guard(thread, () => work(thread, this.#threads.stateOf(thread) as TaskState));
    });
  }

  /** The thread, if it is still at that attempt. */
  #current(path: string, attempt: number): Thread | undefined {
    const thread = this.#threads.find(path);
    return this.isRunning && thread?.phase === "task" && thread.attempt === attempt ? thread : undefined;
  }

  #guard(thread: Thread, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error;
      this.#failed(thread, error.failure);
    }
  }

  #enter(path: string, state: string, input: Json, lastEvent: number): void {
    const enteredAt = this.#around.now();
    const thread: Thread = { path, state, input, phase: "ready", enteredAt, lastEvent, retries: [], attempt: 0 };
    this.#threads.put(thread);
    this.execution.transitions += 1;
    const { Type } = this.#threads.stateOf(thread);
    this.#threads.record(thread, `${Type}StateEntered`, { name: state, ...withInput(input) });
    this.#ready.push(thread);
  }

  #work(thread: Thread): void {
    const state = this.#threads.stateOf(thread);
    if (state.Type === "Task") this.#schedule(thread, state);
    else if (state.Type === "Map") this.#openMap(thread, state);
    else if (state.Type === "Choice") this.#leave(thread, thread.input, this.#choose(thread, state));
    else if (state.Type === "Succeed") this.#leave(thread, thread.input, undefined);
    else if (state.Type === "Fail") throw new StateFailure(state.Error ?? "States.Failed", state.Cause);
    else
      this.#leave(thread, place(this.#threads.parametersOf(thread, state), thread.input, state.ResultPath), state.Next);
  }

  #choose(thread: Thread, { Choices, Default }: ChoiceState): string {
    const rule = Choices.find((one) => holds(one, this.#threads.sourcesOf(thread)));
    const next = rule?.Next ?? Default;
    if (next === undefined) throw runtimeFailure(`No rule of the Choice state '${thread.state}' matched`);
    return next;
  }

  #schedule(thread: Thread, state: TaskState): void {
    const { now, newToken, region } = this.#around;
    const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
    const isContainer = state.Resource === RUN_TASK;
    if (isContainer) thread.token = newToken();
    const parameters = this.#threads.parametersOf(thread, state);
    requireSize(`The input of the state/task '${thread.state}'`, parameters);
    thread.phase = "task";
    thread.submitted = undefined;
    thread.timeoutAt = timeout === undefined ? undefined : now() + timeout * 1000;
    thread.heartbeatAt = heartbeat === undefined ? undefined : now() + heartbeat * 1000;
    this.#threads.recordTask(thread, state, "Scheduled", {
      ...(isContainer
        ? { region, parameters: JSON.stringify(parameters) }
        : { resource: state.Resource, ...withInput(parameters) }),
      ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
      ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
    });
    thread.attempt = thread.lastEvent;
    this.#threads.recordTask(thread, state, "Started", {});
    if (isContainer) this.#threads.open(thread);
    this.#effects.push(this.#effectOf(thread));
  }

  #effectOf(thread: Thread): Effect {
    const { path, attempt } = thread;
    const state = this.#threads.stateOf(thread) as TaskState;
    const parameters = this.#threads.parametersOf(thread, state);
    if (state.Resource === RUN_TASK) return { path, attempt, kind: "runTask", parameters };
    return { path, attempt, kind: "invoke", functionArn: state.Resource, payload: parameters };
  }

  #openMap(thread: Thread, state: MapState): void {
    const { length } = this.#threads.itemsOf(thread, state);
    thread.phase = "map";
    thread.begun = 0;
    this.#threads.record(thread, "MapStateStarted", { length });
    this.#iterate(thread);
  }

  /** Starts as many items as may run at a time; leaves the Map when all are done. */
  #iterate(parent: Thread): void {
    const state = this.#threads.stateOf(parent) as MapState;
    const items = this.#threads.itemsOf(parent, state);
    const children = this.#threads.childrenOf(parent);
    const most = state.MaxConcurrency || MAX_CONCURRENCY;
    let running = children.filter(({ phase }) => phase !== "done").length;
    for (let index = parent.begun ?? 0; index < items.length && running < most; index += 1) {
      const Item = { Index: index, Value: items[index] ?? null };
      const sources = this.#threads.sourcesOf(parent, { Map: { Item } });
      const input = state.ItemSelector === undefined ? Item.Value : fill(state.ItemSelector, sources);
      requireSize(`The input of an item of '${parent.state}'`, input);
      this.#threads.record(parent, "MapIterationStarted", { name: parent.state, index });
      parent.begun = index + 1;
      running += 1;
      const path = parent.path === "" ? String(index) : `${parent.path}/${index}`;
      this.#enter(path, state.ItemProcessor.StartAt, input, parent.lastEvent);
    }
    if (running > 0) return;
    const result = children.map(({ output }) => output ?? null);
    requireSize(`The state/task '${parent.state}' returned a result which`, result);
    this.#threads.removeChildren(parent);
    this.#threads.record(parent, "MapStateSucceeded");
    this.#leave(parent, place(result, parent.input, state.ResultPath), state.Next);
  }

  #leave(thread: Thread, output: Json, next: string | undefined): void {
    requireSize(`The output of the state '${thread.state}'`, output);
    const { Type } = this.#threads.stateOf(thread);
    this.#threads.record(thread, `${Type}StateExited`, { name: thread.state, ...withOutput(output) });
    if (next !== undefined) this.#enter(thread.path, next, output, thread.lastEvent);
    else if (thread.path === "") this.#finish("SUCCEEDED", { output: JSON.stringify(output) });
    else {
      thread.phase = "done";
      thread.output = output;
      this.#endItem(thread, "Succeeded");
      const parent = this.#threads.parentOf(thread);
      this.#guard(parent, () => this.#iterate(parent));
    }
  }

  // Failures

  /** Retry, then Catch; otherwise the enclosing Map or the execution fails. */
  #failed(thread: Thread, failure: Failure): void {
    const { at, retrier, used } = this.#threads.retrierFor(thread, failure);
    const catcher = this.#threads.catcherFor(thread, failure);
    if (retrier && used < (retrier.MaxAttempts ?? 3)) {
      this.#threads.removeChildren(thread);
      for (let index = 0; index <= at; index += 1) thread.retries[index] ??= 0;
      thread.retries[at] = used + 1;
      thread.phase = "backoff";
      thread.dueAt = this.#around.now() + retryDelayMs(retrier, used, this.#around.random);
      this.#threads.touch(thread);
    } else if (catcher) {
      this.#threads.removeChildren(thread);
      const caught = { Error: failure.error, Cause: failure.cause ?? "" };
      try {
        this.#leave(thread, place(caught, thread.input, catcher.ResultPath), catcher.Next);
      } catch (error) {
        if (!(error instanceof StateFailure)) throw error;
        this.#giveUp(thread, error.failure);
      }
    } else {
      this.#giveUp(thread, failure);
    }
  }

  /** Fails the execution; or, for an item of a Map, the Map and its other items. */
  #giveUp(thread: Thread, failure: Failure): void {
    if (thread.path === "") {
      this.#finish("FAILED", failure);
      return;
    }
    this.#stop(thread);
    this.#endItem(thread, "Failed");
    const parent = this.#threads.parentOf(thread);
    for (const other of this.#threads.childrenOf(parent)) this.#abortItem(other);
    this.#threads.record(parent, "MapStateFailed");
    this.#guard(parent, () => this.#failed(parent, failure));
  }

  #abortItem(thread: Thread): void {
    if (thread.phase === "done" || thread.phase === "stopped") return;
    for (const child of this.#threads.childrenOf(thread)) this.#abortItem(child);
    this.#stop(thread);
    const { Type } = this.#threads.stateOf(thread);
    if (Type === "Task" || Type === "Map") this.#threads.record(thread, `${Type}StateAborted`);
    this.#endItem(thread, "Aborted");
  }

  #endItem(thread: Thread, how: "Succeeded" | "Failed" | "Aborted"): void {
    const parent = this.#threads.parentOf(thread);
    parent.lastEvent = thread.lastEvent;
    this.#threads.record(parent, `MapIteration${how}`, { name: parent.state, index: indexOf(thread.path) });
    this.#threads.touch(thread);
  }

  /** Stops a thread where a redrive can begin. A Map begins again with those of its items that were stopped. */
  #stop(thread: Thread): void {
    this.#threads.close(thread);
    if (thread.phase !== "map" && thread.phase !== "done") thread.phase = "stopped";
    this.#threads.touch(thread);
  }

  #timeOut(thread: Thread, now: number): void {
    const silent = (thread.timeoutAt ?? NEVER) > now;
    this.#threads.close(thread);
    // AWS gives no cause, and the same name for a missed heartbeat.
    const state = this.#threads.stateOf(thread) as TaskState;
    this.#threads.recordTask(thread, state, "TimedOut", { error: "States.Timeout" });
    this.#guard(thread, () => this.#failed(thread, { error: "States.Timeout", silent }));
  }

  /** Starts the next attempt of a state. It is billed, and adds no second entry to the history. */
  #again(thread: Thread): void {
    this.execution.transitions += 1;
    thread.phase = "ready";
    thread.dueAt = undefined;
    this.#threads.touch(thread);
    this.#ready.push(thread);
  }

  #finish(status: keyof typeof ENDING, result: { output?: string; error?: string; cause?: string }): void {
    const { output, error, cause } = result;
    const why = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    const main = status === "SUCCEEDED" || status === "FAILED" ? this.#threads.find("") : undefined;
    this.#threads.record(
      main,
      ENDING[status],
      output === undefined ? why : { output, outputDetails: { truncated: false } },
    );
    // On AWS DescribeExecution gives no reason for a timeout; the history does.
    const told = status === "TIMED_OUT" ? {} : why;
    Object.assign(this.execution, { status, stoppedAt: this.#around.now(), output, ...told });
    for (const thread of this.#threads.list()) {
      if (status === "SUCCEEDED") this.#threads.remove(thread);
      else this.#stop(thread);
    }
  }

  #startTimeout(): void {
    const { TimeoutSeconds } = this.#machine;
    this.execution.timeoutAt = TimeoutSeconds === undefined ? undefined : this.#around.now() + TimeoutSeconds * 1000;
  }
}
