import assert from "node:assert/strict";
import { test } from "node:test";
import { noFiles } from "#lib/kernel/file-numbers.ts";
import type { RunsView, RunView } from "#lib/workflow/run.schema.ts";
import { delayOf, isLost, milestones, type Poll, type PollEvent, reducePoll, startPoll } from "./poll.ts";

const run = (wave: number, more: Partial<RunView> = {}): RunView => ({
  wave,
  state: "running",
  files: 1,
  policy: "before",
  startedAt: "2026-11-24T12:00:00.000Z",
  steps: [],
  ...more,
});
const answer = (runs: RunView[], live: boolean, second = 0): RunsView => ({
  runs,
  live,
  ...{ status: live ? "checking" : "ready", numbers: noFiles() },
  earlier: 0,
  at: new Date(Date.UTC(2026, 10, 24, 12, 0, second)).toISOString(),
});
const after = (poll: Poll, ...events: PollEvent[]): Poll => events.reduce(reducePoll, poll);
const SEEN = { type: "seen", at: 0 } as const;

test("a live run is looked at every second, and every five when nothing has changed for a minute", () => {
  let poll = after(startPoll(answer([run(1)], true)), SEEN);
  assert.equal(delayOf(poll), 1000);
  poll = after(poll, { type: "answered", answer: answer([run(1)], true, 59), at: 59_000 });
  assert.equal(delayOf(poll), 1000);
  poll = after(poll, { type: "answered", answer: answer([run(1)], true, 61), at: 61_000 });
  assert.equal(delayOf(poll), 5000);
  poll = after(poll, { type: "answered", answer: answer([run(1, { files: 2 })], true, 66), at: 66_000 });
  assert.equal(delayOf(poll), 1000);
});

test("a tab that is hidden asks for nothing; seen again it asks for everything at once", () => {
  const start = startPoll(answer([run(1)], true));
  assert.equal(delayOf(start), undefined, "before the browser has said whether the page is visible");
  const hidden = after(start, SEEN, { type: "hidden" });
  assert.equal(delayOf(hidden), undefined);
  assert.equal(delayOf(after(hidden, { type: "missed", at: 1 })), undefined);
  const back = after(hidden, { type: "seen", at: 60_000 });
  assert.equal(delayOf(back), 0);
  assert.equal(back.stale, true);
  const fresh = after(back, { type: "answered", answer: answer([run(2)], true), at: 60_100 });
  assert.deepEqual(
    fresh.held.runs.map(({ wave }) => wave),
    [2],
  );
  assert.equal(delayOf(fresh), 1000);
});

test("what is finished is left alone until somebody comes back to it, and then looked at once", () => {
  const done = run(1, { state: "succeeded" });
  let poll = after(startPoll(answer([run(1)], true)), SEEN, {
    type: "answered",
    answer: answer([done], false),
    at: 1000,
  });
  assert.equal(delayOf(poll), undefined);
  assert.equal(after(poll, { type: "seen", at: 1500 }), poll, "a click in a fresh page is no reason to ask");
  poll = after(poll, { type: "seen", at: 9000 });
  assert.equal(delayOf(poll), 0);
  assert.equal(delayOf(after(poll, { type: "answered", answer: answer([done], false), at: 9100 })), undefined);
});

test("answers about live runs leave the others as they were, newest first", () => {
  const old = run(1, { state: "succeeded" });
  const poll = after(startPoll(answer([run(2), old], true)), SEEN, {
    type: "answered",
    answer: answer([run(3), run(2, { state: "failed" })], true),
    at: 1000,
  });
  assert.deepEqual(
    poll.held.runs.map(({ wave, state }) => `${wave} ${state}`),
    ["3 running", "2 failed", "1 succeeded"],
  );
});

test("a lost connection is told after the second miss, tried ever less often, and forgotten with the next answer", () => {
  let poll = after(startPoll(answer([run(1)], true)), SEEN);
  const delays: (number | undefined)[] = [];
  for (let at = 1; at <= 6; at++) {
    poll = after(poll, { type: "missed", at });
    delays.push(delayOf(poll));
    assert.equal(isLost(poll), at >= 2);
  }
  assert.deepEqual(delays, [2000, 4000, 8000, 16_000, 30_000, 30_000]);
  const back = after(poll, { type: "seen", at: 7 });
  assert.equal(delayOf(back), 0, "the network is back");
  assert.equal(delayOf(after(back, { type: "missed", at: 8 })), 30_000);
  assert.equal(isLost(after(poll, { type: "answered", answer: answer([run(1)], true), at: 99 })), false);
});

test("whoever has not looked for long asks for all runs, since one may have begun and ended meanwhile", () => {
  const done = run(1, { state: "succeeded" });
  const seen = after(startPoll(answer([run(1)], true)), SEEN);
  assert.equal(seen.stale, false);
  const missed = after(seen, { type: "missed", at: 1000 });
  assert.equal(missed.stale, true, "after a request that failed");
  const back = after(missed, { type: "answered", answer: answer([done], false), at: 60_000 });
  assert.deepEqual(back.held.runs, [done]);
  const rare = after(startPoll(answer([done], true)), SEEN, {
    type: "answered",
    answer: answer([], true),
    at: 700_000,
  });
  assert.equal(rare.stale, true, "where looking has become rare");
});

test("a run that ended while an answer was slow in coming is asked for at once, and not held as running for ever", () => {
  const seen = after(startPoll(answer([run(2), run(1, { state: "succeeded" })], true)), SEEN);
  // Its end is older than what the server tells of unasked.
  const late = after(seen, { type: "answered", answer: answer([], false, 14), at: 14_000 });
  assert.equal(delayOf(late), 0);
  assert.equal(late.stale, true, "all runs are asked for");
  const done = [run(2, { state: "succeeded" }), run(1, { state: "succeeded" })];
  const told = after(late, { type: "answered", answer: answer(done, false, 15), at: 15_000 });
  assert.deepEqual(told.held.runs, done);
  assert.equal(delayOf(told), undefined, "and then no more");
});

test("whoever may not look any more asks no more", () => {
  const poll = after(startPoll(answer([run(1)], true)), SEEN, { type: "refused", message: "You are not signed in." });
  assert.equal(delayOf(poll), undefined);
});

test("what the page itself was given counts when it is newer, and not when it is older", () => {
  const poll = after(startPoll(answer([run(1)], true, 5)), SEEN);
  assert.equal(after(poll, { type: "refreshed", answer: answer([], false, 4), at: 10 }), poll);
  assert.deepEqual(after(poll, { type: "refreshed", answer: answer([], false, 6), at: 10 }).held.runs, []);
});

test("while nothing runs and nothing comes, looking becomes rare", () => {
  const poll = after(startPoll(answer([], true)), SEEN, { type: "answered", answer: answer([], true), at: 700_000 });
  assert.equal(delayOf(poll), 30_000);
});

test("files are read again when a step or batch has ended, not with each file that a step is done with", () => {
  const step = { state: "Scan", outcome: "running", attempts: 1, startedAt: "", done: 1, total: 9 } as const;
  const [before, more] = [run(1, { steps: [step] }), run(1, { steps: [{ ...step, done: 5 }] })];
  assert.equal(milestones([before]), milestones([more]));
  assert.notEqual(milestones([before]), milestones([run(1, { steps: [{ ...step, outcome: "succeeded" }] })]));
});
