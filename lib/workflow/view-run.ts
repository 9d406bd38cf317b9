import { type FileKind, handlingOf } from "#lib/kernel/file-kind.ts";
import type { BatchCounts, RunView, StepState, StepView } from "./run.schema.ts";
import type { RunRow } from "./run.store.ts";
import type { StepRow } from "./step.store.ts";

/** The most batches that are listed one by one; a run of thousands is summed up, so that the answer stays small. */
export const LISTED_BATCHES = 20;

/** A run for pages: one step for each state; batches are summed up. */
export function viewRun(run: RunRow, rows: StepRow[]): RunView {
  const planned = run.batches && countPlanned(run.batches);
  const byState = Map.groupBy(rows, ({ state }) => state);
  const steps = [...byState].map(([state, ofState]) =>
    ofState.some(({ batched }) => batched)
      ? sumUp(state, ofState, run.state === "running" ? (planned?.[state] ?? 0) : 0)
      : viewStep(ofState.at(-1) as StepRow),
  );
  return {
    wave: run.wave,
    state: run.state,
    files: run.files,
    policy: run.policy,
    startedAt: run.startedAt,
    ...(run.finishedAt ? { finishedAt: run.finishedAt } : {}),
    ...(run.message ? { message: run.message } : {}),
    ...(planned ? { planned } : {}),
    steps: steps.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1)),
  };
}

function countPlanned(batches: NonNullable<RunRow["batches"]>): Record<string, number> {
  const planned: Record<string, number> = {};
  for (const { kind } of batches) {
    const state = handlingOf(kind as FileKind)?.state;
    if (state) planned[state] = (planned[state] ?? 0) + 1;
  }
  return planned;
}

const viewStep = ({ state, batch, batched, ...row }: StepRow): StepView => ({
  state,
  ...(batched ? { batch } : {}),
  outcome: row.outcome,
  attempts: row.attempts,
  startedAt: row.startedAt,
  ...(row.finishedAt ? { finishedAt: row.finishedAt } : {}),
  ...(row.done === undefined ? {} : { done: row.done }),
  ...(row.total === undefined ? {} : { total: row.total }),
  ...(row.message ? { message: row.message } : {}),
});

const URGENCY: Record<StepState, number> = { failed: 0, running: 1, skipped: 2, succeeded: 3 };

/** `planned`: batches that have not begun are counted, too. */
function sumUp(state: string, rows: StepRow[], planned: number): StepView {
  const counts: BatchCounts = {
    total: Math.max(planned, rows.length),
    running: 0,
    succeeded: 0,
    skipped: 0,
    failed: 0,
  };
  for (const { outcome } of rows) counts[outcome] += 1;
  const open = counts.running > 0 || rows.length < counts.total;
  const outcome = open ? "running" : counts.failed ? "failed" : counts.succeeded ? "succeeded" : "skipped";
  const ends = rows.flatMap(({ finishedAt }) => finishedAt ?? []).sort();
  const urgent = [...rows].sort((a, b) => URGENCY[a.outcome] - URGENCY[b.outcome] || a.batch - b.batch);
  const listed = rows.length > LISTED_BATCHES ? urgent.slice(0, LISTED_BATCHES) : rows;
  const message = urgent.find((row) => row.outcome === "failed" || row.outcome === outcome)?.message;
  const end = ends.at(-1);
  return {
    state,
    outcome,
    attempts: Math.max(...rows.map(({ attempts }) => attempts)),
    startedAt: rows.map(({ startedAt }) => startedAt).reduce((a, b) => (a < b ? a : b)),
    ...(end && !open ? { finishedAt: end } : {}),
    ...(rows.some(({ total }) => total !== undefined)
      ? { done: sum(rows.map(({ done }) => done)), total: sum(rows.map(({ total }) => total)) }
      : {}),
    ...(message ? { message } : {}),
    batches: counts,
    listed: listed.map(viewStep),
  };
}

const sum = (numbers: (number | undefined)[]): number => numbers.reduce<number>((a, b) => a + (b ?? 0), 0);
