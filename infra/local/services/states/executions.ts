/**
 * Running executions: each step is written to the journal, then its effects are carried out. When the router starts
 * again, executions continue where they were. A waiting execution needs nothing but a timer.
 */

import { createHash, randomBytes } from "node:crypto";
import { FunctionFailure, type InvokeFunction, type RunTask, ServiceError } from "../../core/aws-service.ts";
import type { Clock } from "../../core/clock.ts";
import type { Json } from "../../core/json.ts";
import type { Ledger } from "../../core/ledger.ts";
import { type Failure, MAX_PAYLOAD_BYTES } from "./failure.ts";
import type { Journal } from "./journal.ts";
import { readMachine } from "./machine.ts";
import { Run } from "./run.ts";
import type { Effect, Execution, Thread } from "./thread.ts";
import type { RunContext } from "./threads.ts";

export type ExecutionsOptions = {
  journal: Journal;
  /** The definition that new executions follow. */
  definition: object;
  arns: {
    region: string;
    roleArn: string;
    stateMachine: { arn: string; name: string };
    executionArn(name: string): string;
  };
  clock: Clock;
  random: () => number;
  invokeFunction: InvokeFunction;
  runTask: RunTask;
  ledger: Ledger;
  onError: (message: string) => void;
};

/** As long as on AWS, where tokens must fit into environment variables, too. */
const TOKEN_BYTES = 384;
/** "Executions are kept for 90 days"; a name may be used again after that. */
const KEPT_MS = 90 * 24 * 3600 * 1000;
/**
 * The pause after a failed write of the journal (a full disk); then the execution continues from the journal's state.
 */
const RECOVERY_MS = 5000;

export type TaskReport = { output: Json } | { failure: Failure } | "heartbeat";

export class Executions {
  readonly #options: ExecutionsOptions;
  readonly #around: RunContext;
  readonly #definition: string;
  readonly #runs = new Map<string, { run: Run; sleep: () => void }>();
  #closed = false;

  constructor(options: ExecutionsOptions) {
    this.#options = options;
    const { arns, clock, random, journal } = options;
    const newToken = (): string => `AQC${randomBytes(TOKEN_BYTES).toString("base64")}`;
    this.#around = { ...arns, now: clock.now, random, newToken };
    readMachine(options.definition);
    const json = JSON.stringify(options.definition);
    this.#definition = createHash("sha256").update(json).digest("hex");
    journal.putDefinition(this.#definition, json);
    journal.forgetBefore(clock.now() - KEPT_MS);
  }

  get running(): number {
    return this.#runs.size;
  }

  /** Continues the executions of a former router. */
  resume(): void {
    for (const execution of this.#options.journal.listUnbilled()) this.#bill(execution);
    const all = this.#options.journal.listExecutions({ status: "RUNNING", limit: Number.MAX_SAFE_INTEGER });
    for (const [, execution] of all) if (!this.#runs.has(execution.name)) this.#takeUp(execution.name);
  }

  start(name: string, input: string): Execution {
    const execution: Execution = {
      name,
      definition: this.#definition,
      status: "RUNNING",
      input,
      startedAt: this.#options.clock.now(),
      transitions: 0,
      billed: 0,
      events: 0,
      redrives: 0,
    };
    const run = this.#open(execution, []);
    this.#act(run, () => run.begin());
    return execution;
  }

  stop(execution: Execution, failure: { error?: string; cause?: string }): Execution {
    const run = this.#runs.get(execution.name)?.run;
    if (!run) return execution;
    this.#act(run, () => run.abort(failure));
    return run.execution;
  }

  redrive(execution: Execution): Execution {
    const run = this.#open(execution, this.#options.journal.listThreads(execution.name));
    this.#act(run, () => run.redrive());
    return run.execution;
  }

  /** False when nothing waits for that token any more. Throws InvalidToken for what never was a token. */
  report(token: string, report: TaskReport): boolean {
    const row = this.#options.journal.findToken(token);
    if (!row) throw new ServiceError("InvalidToken", "Invalid Token: 'Invalid token'");
    const run = this.#runs.get(row.execution)?.run;
    if (!row.open || !run) return false;
    const { path, attempt } = row;
    this.#act(run, () => {
      if (report === "heartbeat") run.heartbeat(path, attempt);
      else if ("output" in report) run.succeed(path, attempt, report.output);
      else run.fail(path, attempt, report.failure);
    });
    return true;
  }

  close(): void {
    this.#closed = true;
    for (const { sleep } of this.#runs.values()) sleep();
    this.#runs.clear();
  }

  #open(execution: Execution, threads: readonly Thread[]): Run {
    const { journal } = this.#options;
    const run = construct(execution, threads, journal.getDefinition(execution.definition), this.#around);
    this.#runs.set(execution.name, { run, sleep: () => undefined });
    return run;
  }

  #takeUp(name: string): void {
    const { journal } = this.#options;
    const execution = journal.findExecution(name);
    if (!execution || execution.status !== "RUNNING") return;
    const run = this.#open(execution, journal.listThreads(name));
    this.#act(run, () => run.resume());
  }

  /** One step: it changes the memory, is written in a transaction, then its effects are carried out. */
  #act(run: Run, step: () => void): void {
    const { journal, clock } = this.#options;
    const { name } = run.execution;
    try {
      step();
      journal.transaction(() => journal.save(run.execution, run.takeChanges()));
    } catch (error) {
      this.#recover(name);
      throw error;
    }
    this.#runs.get(name)?.sleep();
    if (run.isRunning) {
      const { deadline } = run;
      const sleep = deadline === undefined ? () => undefined : clock.wake(deadline, () => this.#tick(name));
      this.#runs.set(name, { run, sleep });
      for (const effect of run.takeEffects()) void this.#perform(run, effect);
    } else {
      this.#runs.delete(name);
      this.#bill(run.execution);
    }
  }

  #tick(name: string): void {
    const run = this.#runs.get(name)?.run;
    if (run) this.#quietly(() => this.#act(run, () => run.tick()));
  }

  async #perform(run: Run, effect: Effect): Promise<void> {
    const { path, attempt } = effect;
    const report = await this.#answer(effect);
    // The execution has been loaded again or has ended meanwhile, so the answer is ignored.
    if (this.#closed || this.#runs.get(run.execution.name)?.run !== run) return;
    this.#quietly(() =>
      this.#act(run, () => {
        if ("failure" in report) run.fail(path, attempt, report.failure);
        else if (effect.kind === "runTask") run.submitted(path, attempt, report.output);
        else run.succeed(path, attempt, report.output);
      }),
    );
  }

  async #answer(effect: Effect): Promise<{ output: Json } | { failure: Failure }> {
    const { invokeFunction, runTask } = this.#options;
    try {
      if (effect.kind === "runTask") return { output: await runTask(effect.parameters) };
      // Guarantee: what a function returns is JSON.
      return { output: ((await invokeFunction(effect.functionArn, effect.payload)) ?? null) as Json };
    } catch (error) {
      return { failure: failureOf(effect, error) };
    }
  }

  /** Logs failures of a step that no caller waits for. */
  #quietly(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onError(`states: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }

  /** The memory may be ahead of the journal: it is dropped, and loaded again after a while. */
  #recover(name: string): void {
    this.#runs.get(name)?.sleep();
    this.#runs.delete(name);
    if (this.#closed) return;
    const { clock } = this.#options;
    const again = (): void => {
      if (!this.#closed && !this.#runs.has(name)) this.#quietly(() => this.#takeUp(name));
    };
    clock.wake(clock.now() + RECOVERY_MS, again);
  }

  #bill(execution: Execution): void {
    const { ledger, journal } = this.#options;
    const { transitions, billed, startedAt, stoppedAt = startedAt, name } = execution;
    const ms = stoppedAt - startedAt;
    const units = { transitions: transitions - billed };
    ledger({ service: "states", operation: "StateTransition", resource: name, units, ms });
    execution.billed = transitions;
    journal.saveExecution(execution);
  }
}

const construct = (execution: Execution, threads: readonly Thread[], definition: string, around: RunContext): Run =>
  new Run(execution, threads, readMachine(JSON.parse(definition) as object), around);

/**
 * "The error name is the exception's; its cause is what the function answered" (for Lambda), `ECS.` and the code for
 * ECS.
 */
function failureOf({ kind }: Effect, error: unknown): Failure {
  if (error instanceof FunctionFailure) {
    return { error: error.errorType, cause: JSON.stringify(error.payload).slice(0, MAX_PAYLOAD_BYTES / 8) };
  }
  const service = kind === "runTask" ? "ECS" : "Lambda";
  const cause = error instanceof Error ? error.message : String(error);
  if (error instanceof ServiceError) return { error: `${service}.${error.code}`, cause };
  return { error: kind === "runTask" ? "ECS.ServerException" : "Lambda.SdkClientException", cause };
}
