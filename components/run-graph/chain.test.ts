import assert from "node:assert/strict";
import { test } from "node:test";
import { noFiles } from "#lib/kernel/file-numbers.ts";
import type { RunView, StepView } from "#lib/workflow/run.schema.ts";
import { chainOf } from "./chain.ts";
import { DELIVERY } from "./drawn-graph.ts";
import { statusOf } from "./run-status.ts";
import { announcement, headline, lineTime } from "./run-words.ts";

const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 12, 0, second)).toISOString();
const step = (state: string, start: number, end?: number, more: Partial<StepView> = {}): StepView => ({
  ...{ state, attempts: 1, startedAt: at(start), outcome: end === undefined ? "running" : "succeeded" },
  ...(end === undefined ? {} : { finishedAt: at(end) }),
  ...more,
});
const run = (steps: StepView[], more: Partial<RunView> = {}): RunView => ({
  ...{ wave: 1, state: "running", files: 1204, policy: "before", startedAt: at(0), steps },
  ...more,
});
const shown = (view: RunView) =>
  chainOf(DELIVERY, view, statusOf(DELIVERY, view).facts).map(
    ({ label, status, part }) => `${label} ${status}${part === undefined ? "" : ` ${part}`}`,
  );
const lineOf = (view: RunView, second: number) => {
  const { facts } = statusOf(DELIVERY, view);
  return `${headline(view, facts, noFiles())} · ${lineTime(view, facts, Date.parse(at(second)))}`;
};

test("the chain shows the main steps in their order, previews as one by their batches", () => {
  const batches = { total: 3, succeeded: 1, skipped: 0, failed: 1, running: 1 };
  const view = run([step("Check", 0, 7), step("Pictures", 8, undefined, { batches })], {
    planned: { Pictures: 3, Documents: 1 },
  });
  assert.deepEqual(shown(view), [
    "Check succeeded",
    "Previews running 0.5",
    "Virus scan idle",
    "Publish idle",
    "Tell people idle",
    "Finish idle",
  ]);
});

test("files that open early have a link of their own, and without a scan there is none for it", () => {
  const labels = (policy: RunView["policy"]) => shown(run([step("Check", 0)], { policy })).join();
  assert.match(labels("after"), /Previews idle,Open early idle,Virus scan idle/);
  assert.doesNotMatch(labels("off"), /Open early|Virus scan/);
  assert.doesNotMatch(labels("before"), /Open early/);
});

test("the line shows the current step with its numbers and time; screen readers are told only the step", () => {
  const view = run([step("Check", 0, 7), step("Scan", 20, undefined, { done: 40, total: 1204 })]);
  assert.equal(lineOf(view, 32), "Virus scan, 40 of 1,204 files · 12 s");
  assert.equal(announcement(view, statusOf(DELIVERY, view).facts, noFiles()), "Virus scan.");
  assert.equal(lineOf(run([step("Check", 0, 7)]), 9), "1,204 files on the way · 9 s");
});

test("a run that failed keeps the step that did in its chain", () => {
  const view = run(
    [step("Check", 0, 7), step("Scan", 20, 30, { outcome: "failed", message: "The scanner is gone." })],
    { state: "failed", finishedAt: at(31), planned: {} },
  );
  assert.deepEqual(shown(view).slice(0, 4), [
    "Check succeeded",
    "Previews succeeded",
    "Virus scan failed",
    "Publish unreached",
  ]);
});
