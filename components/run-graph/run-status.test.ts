import assert from "node:assert/strict";
import { test } from "node:test";
import { noFiles } from "#lib/kernel/file-numbers.ts";
import type { RunView, StepView } from "#lib/workflow/run.schema.ts";
import { DELIVERY } from "./drawn-graph.ts";
import { type NodeFacts, statusOf } from "./run-status.ts";
import { announcement, factsOf, headline, timeOf } from "./run-words.ts";

const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 12, 0, second)).toISOString();
const step = (state: string, start: number, end?: number, more: Partial<StepView> = {}): StepView => ({
  state,
  outcome: end === undefined ? "running" : "succeeded",
  attempts: 1,
  startedAt: at(start),
  ...(end === undefined ? {} : { finishedAt: at(end) }),
  ...more,
});
const run = (steps: StepView[], more: Partial<RunView> = {}): RunView => ({
  wave: 1,
  state: "running",
  files: 3,
  policy: "before",
  startedAt: at(0),
  steps,
  ...more,
});
const show = (view: RunView) => {
  const { facts, taken } = statusOf(DELIVERY, view);
  return {
    facts,
    of: (...ids: string[]) => ids.map((id) => facts.get(id)?.status).join(" "),
    taken: [...taken].map((id) => id.replace(/-(next|choice|default|catch)-/, " > ")),
  };
};

test("before its first step everything is still to come", () => {
  const { of, taken } = show(run([]));
  assert.equal(of("Check", "Preview", "Policy", "Scan", "NoteFailure", "Failed"), "idle idle idle idle idle idle");
  assert.deepEqual(taken, []);
});

test("while previews are made, kinds that are not there are not needed, and the frame runs", () => {
  const { of, taken } = show(run([step("Check", 0, 1), step("Pictures", 1)], { planned: { Pictures: 2, Media: 1 } }));
  assert.equal(of("Check", "Preview", "Kind", "Pictures"), "succeeded running succeeded running");
  assert.equal(of("Documents", "Archives", "Media", "Transcode"), "unneeded unneeded idle idle");
  assert.deepEqual(taken, ["Check > Preview", "Kind > Pictures"]);
});

test("a run without batches goes through the frame, and the way that the policy chose is marked", () => {
  const { of, taken } = show(run([step("Check", 0, 1), step("OpenUnscanned", 2, 3), step("Scan", 4)], { planned: {} }));
  assert.equal(
    of("Preview", "Pictures", "Policy", "OpenUnscanned", "Scan", "Publish"),
    "succeeded unneeded succeeded succeeded running idle",
  );
  assert.deepEqual(taken, ["Check > Preview", "Preview > Policy", "Policy > OpenUnscanned", "OpenUnscanned > Scan"]);
});

test("without a scan the run goes straight to publishing", () => {
  const { of, taken } = show(run([step("Check", 0, 1), step("Publish", 2)], { policy: "off" }));
  assert.equal(of("OpenUnscanned", "Scan"), "unneeded unneeded");
  assert.ok(taken.includes("Policy > Publish"));
});

test("a failure is followed to its end; what comes after was not reached, what was passed by not needed", () => {
  const failed = step("Scan", 2, 9, { outcome: "failed", message: "No scanner." });
  const view = run([step("Check", 0, 1), failed], { state: "failed", finishedAt: at(10), message: "No scanner." });
  const { of, taken, facts } = show(view);
  assert.equal(
    of("Scan", "NoteFailure", "Failed", "Publish", "OpenUnscanned"),
    "failed succeeded failed unreached unneeded",
  );
  assert.ok(taken.includes("Scan > NoteFailure") && taken.includes("NoteFailure > Failed"));
  assert.ok(!taken.includes("Check > NoteFailure") && !taken.includes("Scan > Publish"));
  assert.equal(announcement(view, facts, noFiles()), "The delivery has failed. No scanner.");
});

test("a preview that failed lets the run go on", () => {
  const batches = { total: 2, running: 0, succeeded: 1, skipped: 0, failed: 1 };
  const steps = [step("Check", 0, 1), step("Pictures", 1, 4, { outcome: "failed", batches }), step("Scan", 5)];
  const { of, taken, facts } = show(run(steps));
  assert.equal(
    of("Pictures", "NotePreviewFailure", "Preview", "Scan", "Failed"),
    "failed succeeded succeeded running idle",
  );
  assert.ok(taken.includes("Pictures > NotePreviewFailure"));
  assert.equal(factsOf(facts.get("Pictures") as NodeFacts, 0), "1 failed · 2 batches · 3.0 s");
});

test("what still says that it runs when the run is over has stopped, or was done a moment too late to say so", () => {
  const steps = [step("Check", 0, 1), step("Finish", 2)];
  assert.equal(show(run(steps, { state: "succeeded", finishedAt: at(3) })).of("Finish"), "succeeded");
  const { of, facts } = show(run(steps, { state: "failed", finishedAt: at(3) }));
  assert.equal(of("Finish"), "stopped");
  assert.equal(timeOf(facts.get("Finish") as NodeFacts, 0), "1.0 s");
});

test("a run that is over says what all runs have come to, and that the delivery is finished only when it is", () => {
  const view = run([step("Check", 0, 1)], { state: "succeeded", files: 19, finishedAt: at(10) });
  const { facts } = show(view);
  const numbers = { ...noFiles(), ready: { files: 19, bytes: 19 }, coming: { files: 283, bytes: 283 } };
  assert.equal(headline(view, facts, numbers), "19 of 302 files delivered, 283 on their way");
  assert.equal(announcement(view, facts, numbers), "19 of 302 files delivered, 283 on their way.");
  const whole = { ...noFiles(), ready: { files: 302, bytes: 302 } };
  assert.equal(headline(view, facts, whole), "302 files delivered");
  assert.equal(announcement(view, facts, whole), "The delivery is finished.");
  const again = { ...view, steps: [step("Scan", 0, 1, { outcome: "failed" })] };
  assert.equal(announcement(again, facts, whole), "The delivery is finished.");
  const batches = { total: 2, running: 0, succeeded: 1, skipped: 0, failed: 1 };
  const lacking = { ...view, steps: [step("Pictures", 0, 1, { batches })] };
  assert.equal(announcement(lacking, facts, whole), "The files are delivered; some previews could not be made.");
  const blocked = { ...noFiles(), blocked: { files: 2, bytes: 2 } };
  assert.equal(announcement(view, facts, blocked), "None of 2 files delivered, 2 blocked.");
});

test("a line says what is being done, and facts come in one order", () => {
  const view = run([step("Scan", 0, undefined, { done: 1, total: 3, attempts: 2 })]);
  const { facts } = show(view);
  assert.equal(headline(view, facts, noFiles()), "Virus scan, 1 of 3 files");
  assert.equal(
    factsOf(facts.get("Scan") as NodeFacts, Date.parse(at(75))),
    "running · 1 of 3 files · 2 tries · 1 min 15 s",
  );
});
