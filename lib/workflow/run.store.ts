import type { EntityItem } from "electrodb";
import { held } from "#lib/db/errors.ts";
import { db } from "#lib/db/service.ts";
import type { RunEntity } from "./run.entity.ts";
import type { RunRef } from "./run.schema.ts";
import { RunNotFound } from "./workflow.errors.ts";

export type RunRow = EntityItem<typeof RunEntity>;

export async function getRun({ workspaceId, transferId, wave }: RunRef): Promise<RunRow> {
  const run = await findRun({ workspaceId, transferId, wave });
  if (!run) throw new RunNotFound();
  return run;
}

export async function findRun({ workspaceId, transferId, wave }: RunRef): Promise<RunRow | undefined> {
  return (await db().entities.run.get({ workspaceId, transferId, wave }).go()).data ?? undefined;
}

/** Writes a new run; false when there is one of that wave. */
export async function insertRun(run: RunRow): Promise<boolean> {
  return await held(() => db().entities.run.create(run).go());
}

type RunChanges = Partial<Pick<RunRow, "state" | "tries" | "startedAt" | "finishedAt" | "message" | "batches">>;

/** Writes `changes` if the run is still in the state and try in which it was read; answers whether it was. */
export async function updateRun(run: RunRow, changes: RunChanges, remove: ("finishedAt" | "message")[] = []) {
  const { workspaceId, transferId, wave } = run;
  return await held(() =>
    db()
      .entities.run.patch({ workspaceId, transferId, wave })
      .set(changes)
      .remove(remove)
      .where((at, is) => `${is.eq(at.state, run.state)} AND ${is.eq(at.tries, run.tries)}`)
      .go(),
  );
}

/** A transfer's runs, newest first, `limit` at most. */
export async function listRunRows(of: { workspaceId: string; transferId: string }, limit: number): Promise<RunRow[]> {
  const { data } = await db().entities.run.query.inTransfer(of).go({ order: "desc", limit });
  return data;
}
