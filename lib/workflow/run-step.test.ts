import assert from "node:assert/strict";
import { test } from "node:test";
import { VisibleError } from "#lib/kernel/errors.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { purgeTransfer } from "#lib/transfers/purge-transfer.ts";
import { runStep } from "./run-step.ts";
import { makeRun, type TestRun } from "./testing/make-run.ts";

requireEngines();

const FILE = { path: "a", bytes: "a" };
const work = ({ ws, step }: TestRun, doIt: () => Promise<void>) =>
  runStep(ws.system, step("Check"), 2, async ({ done }) => {
    await doIt();
    done();
    return { value: "value", outcome: "succeeded", message: "All is well." };
  });

test("a step's row says when it began, how far it is and how it ended", async () => {
  const made = await makeRun([FILE]);
  const begun = made.ws.clock.now().toISOString();
  assert.equal(await work(made, async () => made.ws.clock.advance(2000)), "value");
  const { outcome, attempts, startedAt, finishedAt, done, total, message } = (await made.said("Check")) ?? {};
  assert.deepEqual(
    { outcome, attempts, startedAt, finishedAt, done, total, message },
    {
      outcome: "succeeded",
      attempts: 1,
      startedAt: begun,
      finishedAt: made.ws.clock.now().toISOString(),
      done: 1,
      total: 2,
      message: "All is well.",
    },
  );
});

test("an error is shown only as a sentence for people, and another try is counted", async () => {
  const made = await makeRun([FILE]);
  const message = async () => (await made.said("Check"))?.message;
  await assert.rejects(
    work(made, () => Promise.reject(new Error("at 10.0.0.7:8000"))),
    /10\.0\.0\.7/,
  );
  assert.equal(await message(), "This step stopped unexpectedly.");
  await assert.rejects(work(made, () => Promise.reject(new VisibleError("Full", 507, "The disk is full."))));
  assert.equal(await message(), "The disk is full.");
  const { outcome, attempts } = (await made.said("Check")) ?? {};
  assert.deepEqual([outcome, attempts], ["failed", 2]);
});

test("a step whose transfer is purged while it works answers that, and leaves nothing", async () => {
  for (const fails of [false, true]) {
    const made = await makeRun([FILE]);
    const { ws, id } = made;
    const forget = async () => {
      await deleteTransfer(ws.as("owner"), { id });
      await purgeTransfer(ws.as("owner"), { id });
      if (fails) throw new Error("Nothing is there any more.");
    };
    await assert.rejects(work(made, forget), { name: "RunNotFound" });
    assert.equal(await made.said("Check"), undefined);
  }
});
