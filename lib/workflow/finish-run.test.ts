import assert from "node:assert/strict";
import { test } from "node:test";
import { requireEngines } from "#lib/testing/engines.ts";
import { executionsOf } from "#lib/testing/step-functions.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { finishRun } from "./finish-run.ts";
import { noteFailure } from "./note-failure.ts";
import { publishRun } from "./publish-run.ts";
import { assertForWorkflowOnly, failureOf, makeRun, type TestRun } from "./testing/make-run.ts";

requireEngines();

const FILE = { path: "a", bytes: "a" };
const LATE = { path: "late", bytes: "late" };
const finish = ({ ws, step }: TestRun, wave = 1) => finishRun(ws.system, step("Finish", wave));
const publish = ({ ws, step }: TestRun, wave = 1) => publishRun(ws.system, step("Publish", wave));
const fail = async (made: TestRun, wave = 1) => noteFailure(made.ws.system, await failureOf(made, wave));

test("a run ends together with its wave", async () => {
  const made = await makeRun([FILE], "off");
  await publish(made);
  made.ws.clock.advance(5000);
  await finish(made);
  const { state, finishedAt } = await made.run();
  assert.deepEqual([state, finishedAt], ["succeeded", made.ws.clock.now().toISOString()]);
  const { activeWave, waves, leasedBy } = await made.transfer();
  assert.deepEqual([activeWave, waves, leasedBy], [undefined, 1, undefined]);
  assert.equal((await made.said("Finish"))?.outcome, "succeeded");
});

test("files that arrived meanwhile get the next run, which no earlier event has started", async () => {
  const made = await makeRun([FILE], "off");
  await made.send(LATE);
  await made.reconcile();
  assert.deepEqual(await made.runs(), ["1 running 1"]);
  await publish(made);
  await finish(made);
  assert.deepEqual(await made.runs(), ["2 running 1", "1 succeeded 1"]);
  assert.equal((await made.run(2)).ordinals, "1");
  assert.deepEqual(executionsOf(made.id), [`${made.id}-1-1`, `${made.id}-2-1`]);
});

test("a transfer that was sealed meanwhile gets its last run, and none after it", async () => {
  const made = await makeRun([FILE], "off");
  await publish(made);
  await sealTransfer(made.ws.as("owner"), { transferId: made.id });
  await finish(made);
  const { files, state } = await made.run(2);
  assert.deepEqual([files, state], [0, "running"]);
  await publish(made, 2);
  await finish(made, 2);
  assert.deepEqual(await made.runs(), ["2 succeeded 1", "1 succeeded 1"]);
  assert.equal((await made.transfer()).state, "ready");
});

test("after a successful run a failed one is started again, up to three tries in all", async () => {
  const made = await makeRun([FILE], "off");
  await made.send(LATE);
  await fail(made);
  assert.deepEqual(await made.runs(), ["2 running 1", "1 failed 1"]);
  await publish(made, 2);
  await finish(made, 2);
  assert.deepEqual(await made.runs(), ["2 succeeded 1", "1 running 2"]);
  for (const wave of [3, 4]) {
    await made.send({ path: `${wave}`, bytes: "later" });
    await fail(made);
    await publish(made, wave);
    await finish(made, wave);
  }
  assert.deepEqual(await made.runs(), ["4 succeeded 1", "3 succeeded 1", "2 succeeded 1", "1 failed 3"]);
});

test("repeating the step changes nothing", async () => {
  const made = await makeRun([FILE], "off");
  await made.send(LATE);
  await publish(made);
  await finish(made);
  const before = [await made.run(), await made.run(2), executionsOf(made.id)];
  made.ws.clock.advance(5000);
  await finish(made);
  assert.deepEqual([await made.run(), await made.run(2), executionsOf(made.id)], before);
  assert.equal((await made.transfer()).activeWave, 2);
});

test("only the workflow may finish a run", async () => {
  const made = await makeRun([FILE]);
  await assertForWorkflowOnly(made, (ctx) => finishRun(ctx, made.step("Finish")));
  assert.deepEqual(await made.runs(), ["1 running 1"]);
});
