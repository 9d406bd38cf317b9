/**
 * The journal of executions, in SQLite: every step is one transaction, so after kill -9 an execution is in its state
 * before the step or after it.
 */
import { type Database, openDatabase, type Row } from "../../core/database.ts";
import type { Changes, Execution, ExecutionStatus, HistoryEvent, Thread } from "./thread.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS definitions (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS executions (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, status TEXT NOT NULL, started INTEGER NOT NULL, json TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS executions_by_status ON executions (status, number);
  CREATE TABLE IF NOT EXISTS threads (
    execution TEXT NOT NULL, path TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (execution, path)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS events (
    execution TEXT NOT NULL, id INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (execution, id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY, execution TEXT NOT NULL, path TEXT NOT NULL, attempt INTEGER NOT NULL, open INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS tokens_by_execution ON tokens (execution);
`;

export type TokenRow = { execution: string; path: string; attempt: number; open: boolean };

export class Journal {
  readonly #db: Database;

  constructor(file: string) {
    this.#db = openDatabase(file, SCHEMA);
  }

  close(): void {
    this.#db.close();
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work);
  }

  putDefinition(id: string, json: string): void {
    this.#db.run("INSERT OR IGNORE INTO definitions (id, json) VALUES (?, ?)", id, json);
  }

  getDefinition(id: string): string {
    return String(this.#db.get("SELECT json FROM definitions WHERE id = ?", id)?.["json"]);
  }

  findExecution(name: string): Execution | undefined {
    const row = this.#db.get("SELECT json FROM executions WHERE name = ?", name);
    return row && parse<Execution>(row);
  }

  saveExecution(execution: Execution): void {
    const { name, status, startedAt } = execution;
    this.#db.run(
      "INSERT INTO executions (name, status, started, json) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET status = excluded.status, json = excluded.json",
      name,
      status,
      startedAt,
      JSON.stringify(execution),
    );
  }

  /** Latest first, beginning after the number `before`; each with its number. */
  listExecutions(filter: { status?: ExecutionStatus; before?: number; limit: number }): [number, Execution][] {
    const { status = null, before = Number.MAX_SAFE_INTEGER, limit } = filter;
    return this.#db
      .all(
        "SELECT number, json FROM executions WHERE number < ? AND (? IS NULL OR status = ?) ORDER BY number DESC LIMIT ?",
        before,
        status,
        status,
        limit,
      )
      .map((row) => [Number(row["number"]), parse<Execution>(row)]);
  }

  /** Executions that ended before their transitions were written to the ledger. */
  listUnbilled(): Execution[] {
    return this.#db
      .all(
        "SELECT json FROM executions WHERE status <> 'RUNNING' AND json_extract(json, '$.billed') < json_extract(json, '$.transitions')",
      )
      .map(parse<Execution>);
  }

  listThreads(execution: string): Thread[] {
    return this.#db.all("SELECT json FROM threads WHERE execution = ?", execution).map(parse<Thread>);
  }

  /** Writes what a step changed. Inside a transaction. */
  save(execution: Execution, { threads, removed, events, opened, closed }: Changes): void {
    const { name } = execution;
    this.saveExecution(execution);
    for (const path of removed) this.#db.run("DELETE FROM threads WHERE execution = ? AND path = ?", name, path);
    for (const thread of threads)
      this.#db.run(
        "INSERT OR REPLACE INTO threads (execution, path, json) VALUES (?, ?, ?)",
        name,
        thread.path,
        JSON.stringify(thread),
      );
    for (const event of events)
      this.#db.run("INSERT INTO events (execution, id, json) VALUES (?, ?, ?)", name, event.id, JSON.stringify(event));
    for (const { token, path, attempt } of opened)
      if (token !== undefined)
        this.#db.run(
          "INSERT INTO tokens (token, execution, path, attempt, open) VALUES (?, ?, ?, ?, 1)",
          token,
          name,
          path,
          attempt,
        );
    for (const token of closed) this.#db.run("UPDATE tokens SET open = 0 WHERE token = ?", token);
  }

  findToken(token: string): TokenRow | undefined {
    const row = this.#db.get("SELECT * FROM tokens WHERE token = ?", token);
    return (
      row && {
        execution: String(row["execution"]),
        path: String(row["path"]),
        attempt: Number(row["attempt"]),
        open: row["open"] === 1,
      }
    );
  }

  /** Events after (or, when reversed, before) the one with that number. */
  listEvents(execution: string, options: { after: number; reverse: boolean; limit: number }): HistoryEvent[] {
    const { after, reverse, limit } = options;
    const [compare, order] = reverse ? ["<", "DESC"] : [">", "ASC"];
    return this.#db
      .all(
        `SELECT json FROM events WHERE execution = ? AND id ${compare} ? ORDER BY id ${order} LIMIT ?`,
        execution,
        after,
        limit,
      )
      .map(parse<HistoryEvent>);
  }

  /** Deletes old executions that have ended, with all of their rows. */
  forgetBefore(started: number): void {
    this.transaction(() => {
      const old = "SELECT name FROM executions WHERE status <> 'RUNNING' AND started < ?";
      for (const table of ["threads", "events", "tokens"])
        this.#db.run(`DELETE FROM ${table} WHERE execution IN (${old})`, started);
      this.#db.run("DELETE FROM executions WHERE status <> 'RUNNING' AND started < ?", started);
    });
  }
}

/** Guarantee: only this module writes the rows' JSON. */
const parse = <T>(row: Row): T => JSON.parse(String(row["json"])) as T;
