/**
 * Fargate tasks: starts them, watches them, remembers them for an hour after their end, and bills them. When the router
 * is killed, its tasks are killed too; the next router finds them in SQLite, marks them as stopped and bills them.
 */
import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { ServiceError } from "../../core/aws-service.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import { type Database, openDatabase } from "../../core/database.ts";
import { type Isolation, isolatedVariables } from "../../core/isolation.ts";
import type { Ledger } from "../../core/ledger.ts";
import type { TaskDeclaration } from "../../declaration.ts";
import { type Container, startContainer } from "./container.ts";

export type TaskTimes = {
  /** How often a task's memory is measured. */
  watchMs: number;
  /** From SIGTERM to SIGKILL: "stopTimeout" of a container. */
  graceMs: number;
};
/** Fargate's limits in the account, which this machine does not need itself. */
export type TaskLimits = {
  /** From RunTask until the program runs: time to get an address and to pull the image. */
  startMs?: number;
  /** "Fargate On-Demand vCPU resource count": starts beyond it are refused. */
  vcpus?: number;
};
export const TASK_TIMES: TaskTimes = { watchMs: 1000, graceMs: 30_000 };

/** Times are milliseconds since 1970. */
export type Task = {
  id: string;
  /** The name of its task definition. */
  name: string;
  group: string;
  startedBy?: string;
  /** The request's client token: a second request with the same token starts no task. */
  clientToken?: string;
  /** As passed to RunTask. */
  overrides: object;
  createdAt: number;
  /** When its program began to run; until then the task is being provisioned. */
  startedAt?: number;
  /** When it was last seen running: a killed router's tasks are billed until then. */
  seenAt: number;
  stoppingAt?: number;
  stoppedAt?: number;
  exitCode?: number;
  /** What killed the container. */
  reason?: string;
  stoppedReason?: string;
  stopCode?: "EssentialContainerExited" | "UserInitiated" | "TaskFailedToStart";
};

export type TasksOptions = {
  /** SQLite file of the tasks that run or have run. */
  file: string;
  /** Folder that entries are relative to, with node_modules. */
  project: string;
  /** Task definitions by name, each with one container of that name. */
  declarations: Record<string, TaskDeclaration>;
  /** Environment variables of every container. */
  environment: Record<string, string>;
  /** More variables for one task's container, such as its role's credentials. */
  own?: (task: string) => Record<string, string>;
  /** For tasks that are declared isolated. */
  isolation?: Isolation;
  ledger: Ledger;
  log: (task: string, line: string) => void;
  clock?: Clock;
  times?: TaskTimes;
  limits?: TaskLimits;
};

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tasks (id TEXT PRIMARY KEY, running INTEGER NOT NULL, stopped INTEGER, json TEXT NOT NULL) WITHOUT ROWID;
`;
const KEPT_MS = 3600_000;
const SEEN_MS = 10_000;
/** "Usage is calculated per second with a one-minute minimum" (Fargate pricing). */
const MINIMUM_SECONDS = 60;
/** The router waits less than Fargate when it ends. */
const CLOSING_GRACE_MS = 2000;

type Running = {
  task: Task;
  /** Missing while the task is being provisioned; `awaited` then cancels the start. */
  container?: Container;
  awaited?: (() => unknown) | undefined;
};

export class Tasks {
  readonly #options: TasksOptions;
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #times: TaskTimes;
  readonly #running = new Map<string, Running>();
  #seen: NodeJS.Timeout | undefined;

  constructor(options: TasksOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#times = options.times ?? TASK_TIMES;
    this.#db = openDatabase(options.file, SCHEMA);
    this.#db.run("DELETE FROM tasks WHERE stopped < ?", this.#now() - KEPT_MS);
    for (const task of this.list(true))
      this.#stopped(task, { exitCode: 137, at: task.seenAt, why: "The machine that ran it went down" });
  }

  get pids(): number[] {
    return [...this.#running.values()].flatMap(({ container }) => container?.pid ?? []);
  }

  start(
    given: Pick<Task, "name" | "group" | "startedBy" | "clientToken" | "overrides">,
    variables: Record<string, string>,
  ): Task {
    const { declarations, limits = {} } = this.#options;
    const { [given.name]: declaration } = declarations;
    if (!declaration) throw new Error(`There is no task ${given.name}`);
    this.#requireRoom(declaration);
    const createdAt = this.#now();
    const task: Task = { ...given, id: randomBytes(16).toString("hex"), createdAt, seenAt: createdAt };
    this.#save(task);
    const running: Running = { task };
    this.#running.set(task.id, running);
    const begin = (): void => this.#begin(running, declaration, variables);
    if (limits.startMs) running.awaited = this.#clock.wake(createdAt + limits.startMs, begin);
    else begin();
    this.#seen ??= setInterval(() => this.#noteSeen(), SEEN_MS).unref();
    return task;
  }

  #requireRoom({ cpu }: TaskDeclaration): void {
    const { declarations, limits = {} } = this.#options;
    const used = [...this.#running.values()].reduce((sum, { task }) => sum + (declarations[task.name]?.cpu ?? 0), cpu);
    if (used > (limits.vcpus ?? Number.POSITIVE_INFINITY) * 1024)
      throw new ServiceError(
        "ClientException",
        "You’ve reached the limit on the number of vCPUs you can run concurrently",
      );
  }

  #begin(running: Running, declaration: TaskDeclaration, variables: Record<string, string>): void {
    const { project, environment, own = () => ({}), isolation, log } = this.#options;
    const { task } = running;
    const { isolated } = declaration;
    const given = { ...environment, ...own(task.name) };
    running.awaited = undefined;
    const container = startContainer({
      project,
      entry: declaration.entry,
      memoryMb: declaration.memoryMb,
      environment: { ...(isolated ? isolatedVariables(given, "task") : given), ...variables },
      ...(isolated && isolation ? { isolation } : {}),
      log: (line) => log(task.name, line),
      watchMs: this.#times.watchMs,
    });
    running.container = container;
    task.startedAt = this.#now();
    this.#save(task);
    void container.ended.then(({ exitCode, reason }) => {
      this.#running.delete(task.id);
      const why = task.stoppedReason ?? "Essential container in task exited";
      this.#stopped(task, { exitCode, at: this.#now(), why, ...(reason === undefined ? {} : { reason }) });
      log(task.name, `${basename(declaration.entry)} ended with ${exitCode}${reason ? `: ${reason}` : ""}`);
    });
  }

  /** Gives up a task whose program has not begun: there is no process to end. */
  #giveUp(running: Running, why: string): void {
    running.awaited?.();
    this.#running.delete(running.task.id);
    this.#stopped(running.task, { exitCode: 137, at: this.#now(), why });
  }

  readonly #now = (): number => this.#clock.now();

  find(id: string): Task | undefined {
    const row = this.#db.get("SELECT json FROM tasks WHERE id = ?", id);
    return this.#running.get(id)?.task ?? (row && (JSON.parse(String(row["json"])) as Task));
  }

  list(running: boolean): Task[] {
    return this.#db
      .all("SELECT json FROM tasks WHERE running = ?", running ? 1 : 0)
      .map((row) => JSON.parse(String(row["json"])) as Task);
  }

  withClientToken(token: string): Task[] {
    return [...this.list(true), ...this.list(false)].filter(({ clientToken }) => clientToken === token);
  }

  stop(id: string, stoppedReason: string): void {
    const found = this.#running.get(id);
    if (!found || found.task.stoppingAt !== undefined) return;
    Object.assign(found.task, { stoppedReason, stopCode: "UserInitiated", stoppingAt: this.#now() });
    this.#save(found.task);
    if (found.container) found.container.stop(this.#times.graceMs);
    else this.#giveUp(found, stoppedReason);
  }

  async close(): Promise<void> {
    const all = [...this.#running.values()];
    for (const running of all) {
      running.task.stoppedReason = "The machine that ran it went down";
      if (running.container) running.container.stop(Math.min(CLOSING_GRACE_MS, this.#times.graceMs));
      else this.#giveUp(running, running.task.stoppedReason);
    }
    await Promise.all(all.map(({ container }) => container?.ended));
    clearInterval(this.#seen);
    this.#db.close();
  }

  #noteSeen(): void {
    for (const { task } of this.#running.values()) {
      task.seenAt = this.#now();
      this.#save(task);
    }
    if (this.#running.size > 0) return;
    clearInterval(this.#seen);
    this.#seen = undefined;
  }

  #stopped(task: Task, end: { exitCode: number; at: number; why: string; reason?: string }): void {
    const { exitCode, at, why, reason } = end;
    task.stopCode ??= "EssentialContainerExited";
    Object.assign(task, { stoppedAt: at, exitCode, stoppedReason: why, ...(reason === undefined ? {} : { reason }) });
    task.stoppingAt ??= at;
    this.#save(task);
    this.#bill(task, at);
  }

  #bill({ name, createdAt }: Task, stoppedAt: number): void {
    const declaration = this.#options.declarations[name];
    if (!declaration) return;
    const ms = stoppedAt - createdAt;
    const seconds = Math.max(MINIMUM_SECONDS, Math.ceil(ms / 1000));
    const units = {
      seconds,
      vcpuSeconds: (seconds * declaration.cpu) / 1024,
      gbSeconds: (seconds * declaration.memoryMb) / 1024,
    };
    this.#options.ledger({ service: "ecs", operation: "Task", resource: name, units, ms });
  }

  #save(task: Task): void {
    const { id, stoppedAt } = task;
    this.#db.run(
      "INSERT OR REPLACE INTO tasks (id, running, stopped, json) VALUES (?, ?, ?, ?)",
      id,
      stoppedAt === undefined ? 1 : 0,
      stoppedAt ?? null,
      JSON.stringify(task),
    );
  }
}
