/**
 * EventBridge Scheduler: schedules on disk, and one timer for the next one that is due. A due schedule calls its
 * function asynchronously. A schedule that came due while nothing ran is called once at the next start.
 */
import { randomUUID } from "node:crypto";
import { functionName, scheduleArn } from "../../core/arns.ts";
import {
  type AwsService,
  jsonReply,
  readInput,
  ServiceError,
  type ServiceReply,
  type ServiceRequest,
} from "../../core/aws-service.ts";
import { openDatabase, type Row } from "../../core/database.ts";
import type { Ledger } from "../../core/ledger.ts";
import { createTimer } from "../../core/timer.ts";
import type { AsyncQueue } from "../lambda/async-queue.ts";
import { type Definition, dueTime, readDefinition } from "./schedule.ts";

export type SchedulerOptions = {
  file: string;
  region: string;
  groups: string[];
  functions: readonly string[];
  queue: Pick<AsyncQueue, "accept">;
  /** Receives events that could not be delivered, for the queue that the schedule names. */
  deadLetter: (queueArn: string, body: string) => void;
  ledger: Ledger;
  onError: (message: string) => void;
};

export type Scheduler = AwsService & {
  /** Creates a declared schedule, or changes it to its current declaration. */
  declare(name: string, definition: Definition): void;
  start(): void;
};

const DEFAULT_GROUP = "default";
const PATH = /^\/schedules\/([^/]+)$/;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS schedules (
    schedule_group TEXT NOT NULL, name TEXT NOT NULL, definition TEXT NOT NULL, token TEXT, created INTEGER NOT NULL,
    modified INTEGER NOT NULL, due INTEGER, PRIMARY KEY (schedule_group, name)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS schedules_by_due ON schedules (due) WHERE due IS NOT NULL;
`;

type Schedule = {
  group: string;
  name: string;
  definition: Definition;
  token: string | null;
  created: number;
  modified: number;
  due: number | undefined;
};

/** Guarantee: only this file writes the rows, so they have this shape. */
const toSchedule = (row: Row): Schedule => ({
  group: String(row["schedule_group"]),
  name: String(row["name"]),
  definition: JSON.parse(String(row["definition"])) as Definition,
  token: row["token"] as string | null,
  created: Number(row["created"]),
  modified: Number(row["modified"]),
  due: row["due"] == null ? undefined : Number(row["due"]),
});

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { region, functions, queue, deadLetter, ledger, onError } = options;
  const groups = new Set([DEFAULT_GROUP, ...options.groups]);
  const database = openDatabase(options.file, SCHEMA);
  const timer = createTimer(fireDue);
  let lastUsedAt: number | undefined;
  let started = false;

  function find(group: string, name: string): Schedule | undefined {
    const row = database.get("SELECT * FROM schedules WHERE schedule_group = ? AND name = ?", group, name);
    return row && toSchedule(row);
  }

  function put(schedule: Schedule): void {
    database.run(
      "INSERT OR REPLACE INTO schedules VALUES (?, ?, ?, ?, ?, ?, ?)",
      schedule.group,
      schedule.name,
      JSON.stringify(schedule.definition),
      schedule.token,
      schedule.created,
      schedule.modified,
      schedule.due ?? null,
    );
    arm();
  }

  function arm(): void {
    if (!started) return;
    const next = database.get("SELECT min(due) AS due FROM schedules")?.["due"];
    timer.set(next == null ? undefined : Number(next));
  }

  function fireDue(): void {
    for (const row of database.all("SELECT * FROM schedules WHERE due <= ? ORDER BY due", Date.now())) {
      const schedule = toSchedule(row);
      try {
        fire(schedule);
      } catch (error) {
        onError(`scheduler: ${schedule.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
      const { group, name, definition, created } = schedule;
      // Of several missed times only one call is made.
      const due = dueTime(definition, created, Date.now());
      if (due === undefined && definition.ActionAfterCompletion === "DELETE")
        database.run("DELETE FROM schedules WHERE schedule_group = ? AND name = ?", group, name);
      else database.run("UPDATE schedules SET due = ? WHERE schedule_group = ? AND name = ?", due ?? null, group, name);
    }
    arm();
  }

  /** Lambda has the event on disk before the schedule gets its next time. */
  function fire({ group, name, definition, due = Date.now() }: Schedule): void {
    lastUsedAt = Date.now();
    const { Target } = definition;
    const event = withContext(Target.Input ?? defaultInput(region, group, name, due), {
      "schedule-arn": scheduleArn(region, group, name),
      "scheduled-time": isoSeconds(due),
      "execution-id": randomUUID(),
      "attempt-number": "1",
    });
    const target = functionName(Target.Arn);
    ledger({ service: "scheduler", operation: "Invoke", resource: name, units: { invocations: 1 }, ms: 0 });
    if (functions.includes(target)) queue.accept(target, event);
    else if (Target.DeadLetterConfig?.Arn) deadLetter(Target.DeadLetterConfig.Arn, event);
    else throw new Error(`there is no function ${target}`);
  }

  function groupOf(given: unknown): string {
    const group = typeof given === "string" && given !== "" ? given : DEFAULT_GROUP;
    if (!groups.has(group)) throw notFound(`Schedule group ${group} does not exist.`);
    return group;
  }

  function handle(request: ServiceRequest): ServiceReply {
    const [, encoded] = PATH.exec(request.path) ?? [];
    if (encoded === undefined) throw unknown(request);
    const name = decodeURIComponent(encoded);
    if (!/^[0-9a-zA-Z-_.]{1,64}$/.test(name)) throw new ServiceError("ValidationException", `Invalid name ${name}.`);
    const input = readInput(request);
    const group = groupOf(input["GroupName"] ?? request.query.get("groupName"));
    const existing = find(group, name);
    const now = Date.now();
    const ScheduleArn = scheduleArn(region, group, name);
    if (request.method === "POST") {
      const token = typeof input["ClientToken"] === "string" ? input["ClientToken"] : null;
      if (existing && existing.token !== null && existing.token === token) return jsonReply(request, { ScheduleArn });
      if (existing) throw new ServiceError("ConflictException", `Schedule ${name} already exists.`, { status: 409 });
      const definition = readDefinition(input);
      put({ group, name, definition, token, created: now, modified: now, due: dueTime(definition, now) });
      return jsonReply(request, { ScheduleArn });
    }
    if (!existing) throw notFound(`Schedule ${name} does not exist.`);
    if (request.method === "GET") return jsonReply(request, describe(region, existing));
    if (request.method === "PUT") {
      const definition = readDefinition(input);
      put({ ...existing, definition, modified: now, due: dueTime(definition, now) });
      return jsonReply(request, { ScheduleArn });
    }
    if (request.method !== "DELETE") throw unknown(request);
    database.run("DELETE FROM schedules WHERE schedule_group = ? AND name = ?", group, name);
    arm();
    return jsonReply(request);
  }

  return {
    names: ["scheduler"],
    async handle(request) {
      lastUsedAt = Date.now();
      return handle(request);
    },
    declare(name, definition) {
      const existing = find(DEFAULT_GROUP, name);
      if (existing && JSON.stringify(existing.definition) === JSON.stringify(definition)) return;
      const now = Date.now();
      const due = dueTime(definition, now);
      put({ group: DEFAULT_GROUP, name, definition, token: null, created: now, modified: now, due });
    },
    start() {
      started = true;
      arm();
    },
    status: () => [
      { name: "scheduler", state: "asleep", pids: [], inFlight: 0, ...(lastUsedAt ? { lastUsedAt } : {}) },
    ],
    async close() {
      timer.set(undefined);
      database.close();
    },
  };
}

const notFound = (message: string): ServiceError =>
  new ServiceError("ResourceNotFoundException", message, { status: 404 });

const unknown = ({ method, path }: ServiceRequest): ServiceError =>
  new ServiceError("UnknownOperationException", `The scheduler has no ${method} ${path} here.`, { status: 404 });

const isoSeconds = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

const describe = (region: string, { group, name, definition, created, modified }: Schedule): object => ({
  Arn: scheduleArn(region, group, name),
  GroupName: group,
  Name: name,
  CreationDate: created / 1000,
  LastModificationDate: modified / 1000,
  ...definition,
});

/** What a function gets from a schedule without an input of its own. */
const defaultInput = (region: string, group: string, name: string, due: number): string =>
  JSON.stringify({
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: "000000000000",
    time: isoSeconds(due),
    region,
    resources: [scheduleArn(region, group, name)],
    detail: "{}",
  });

/** "Adding context attributes": `<aws.scheduler.scheduled-time>` and similar are replaced by values of the call. */
function withContext(input: string, values: Record<string, string>): string {
  return input.replaceAll(/<aws\.scheduler\.([a-z-]+)>/g, (whole, name: string) => values[name] ?? whole);
}
