import type { EntityItem } from "electrodb";
import { conditionHeld } from "#lib/db/conditional-write.ts";
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

/** Writes the batches of a run and its secret. Does nothing when another try of the run has begun. */
export async function notePlan(row: RunRow, plan: Required<Pick<RunRow, "batches" | "taskSecret">>): Promise<void> {
  await conditionHeld(() =>
    db()
      .entities.run.patch(keyOf(row))
      .set(plan)
      .where((at, is) => `${is.eq(at.state, row.state)} AND ${is.eq(at.tries, row.tries)}`)
      .go(),
  );
}

// A run's row and its transfer's `activeWave` change in one transaction, so that they always agree.

/**
 * Begins the run of a transfer's next wave. False when the transfer has changed, or `token` does not have its lease.
 */
export async function beginRun(row: RunRow, token: string): Promise<boolean> {
  return await conditionHeld(() =>
    db()
      .transaction.write(({ run, transfer }) => [
        run.create(row).commit(),
        transfer
          .patch(transferOf(row))
          .set({ waves: row.wave, activeWave: row.wave })
          .where((at, is) =>
            [is.eq(at.leasedBy, token), is.notExists(at.activeWave), is.notExists(at.purgedAt)].join(" AND "),
          )
          .commit(),
      ])
      .go(),
  );
}

/** Begins another try of a failed run. Undefined when another call was first, or another run is under way. */
export async function beginNextTry(row: RunRow, startedAt: string): Promise<RunRow | undefined> {
  const next = { state: "running" as const, tries: row.tries + 1, startedAt };
  const begun = await conditionHeld(() =>
    db()
      .transaction.write(({ run, transfer }) => [
        run
          .patch(keyOf(row))
          .set(next)
          .remove(["finishedAt", "message"])
          .where((at, is) => `${is.eq(at.state, "failed")} AND ${is.eq(at.tries, row.tries)}`)
          .commit(),
        transfer
          .patch(transferOf(row))
          .set({ activeWave: row.wave })
          .where((at, is) => `${is.notExists(at.activeWave)} AND ${is.notExists(at.purgedAt)}`)
          .commit(),
      ])
      .go(),
  );
  return begun ? { ...row, ...next } : undefined;
}

type End = { state: "succeeded" | "failed"; finishedAt: string; message?: string };

/** Ends a run that is under way. Does nothing when it has ended, or another try of it has begun. */
export async function endRun(row: RunRow, end: End): Promise<void> {
  await conditionHeld(() =>
    db()
      .transaction.write(({ run, transfer }) => [
        run
          .patch(keyOf(row))
          .set(end)
          .where((at, is) => `${is.eq(at.state, "running")} AND ${is.eq(at.tries, row.tries)}`)
          .commit(),
        transfer
          .patch(transferOf(row))
          .remove(["activeWave"])
          .where((at, is) => `${is.notExists(at.activeWave)} OR ${is.eq(at.activeWave, row.wave)}`)
          .commit(),
      ])
      .go(),
  );
}

const keyOf = ({ workspaceId, transferId, wave }: RunRow) => ({ workspaceId, transferId, wave });
const transferOf = ({ workspaceId, transferId }: RunRow) => ({ workspaceId, id: transferId });

/** A transfer's runs, newest first, at most `limit`. */
export async function listRunRows(of: { workspaceId: string; transferId: string }, limit: number): Promise<RunRow[]> {
  const { data } = await db().entities.run.query.inTransfer(of).go({ order: "desc", limit });
  return data;
}

/** A transfer's runs that have not succeeded, oldest first: one may be under way, the others have failed. */
export async function listOpenRuns(of: { workspaceId: string; transferId: string }): Promise<RunRow[]> {
  const { data } = await db()
    .entities.run.query.inTransfer(of)
    .where((at, is) => is.ne(at.state, "succeeded"))
    .go({ pages: "all", consistent: true });
  return data;
}
