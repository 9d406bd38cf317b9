import assert from "node:assert/strict";
import { test } from "node:test";
import { requireEngines } from "#lib/testing/engines.ts";
import { executions, executionsOf } from "#lib/testing/step-functions.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { purgeTransfer } from "#lib/transfers/purge-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { finishRun } from "./finish-run.ts";
import { noteFailure } from "./note-failure.ts";
import { publishRun } from "./publish-run.ts";
import { restartRun } from "./restart-run.ts";
import { beginStep, endStep } from "./step.store.ts";
import { assertForWorkflowOnly, failureOf, makeRun } from "./testing/make-run.ts";

requireEngines();

const FILE = { path: "a", bytes: "a" };
const LATE = { path: "late", bytes: "late" };

test("a step's own sentence becomes the run's; its files stay closed, and the run is not under way any more", async () => {
  const made = await makeRun([FILE]);
  const { ws, step } = made;
  await beginStep(step("Scan"), ws.clock.now());
  await endStep(step("Scan"), { outcome: "failed", message: "The virus scanner did not start." }, ws.clock.now());
  ws.clock.advance(1000);
  await noteFailure(ws.system, await failureOf(made));
  const { state, message, finishedAt } = await made.run();
  assert.deepEqual(
    [state, message, finishedAt],
    ["failed", "Scan: The virus scanner did not start.", ws.clock.now().toISOString()],
  );
  assert.equal((await made.file(0)).state, "stored");
  assert.equal((await made.transfer()).activeWave, undefined);
});

test("a step that wrote no sentence gets one: it took too long, or it stopped", async () => {
  for (const [error, why] of [
    ["States.Timeout", "It took too long, and was given up."],
    ["States.HeartbeatTimeout", "It took too long, and was given up."],
    ["Runtime.ExitError", "It stopped unexpectedly."],
  ] as const) {
    const made = await makeRun([FILE]);
    await beginStep(made.step("Scan"), made.ws.clock.now());
    await noteFailure(made.ws.system, { ...(await failureOf(made)), error: { Error: error } });
    const said = await made.said("Scan");
    assert.deepEqual([said?.outcome, said?.message], ["failed", why]);
    assert.equal((await made.run()).message, `Scan: ${why}`);
  }
});

test("a preview's failure is recorded with its batch only, and the run continues", async () => {
  const made = await makeRun([FILE]);
  const { ws, step, said } = made;
  const now = ws.clock.now();
  for (const batch of [0, 1]) await beginStep({ ...step("Pictures"), batch }, now);
  await beginStep(step("Scan"), now);
  await noteFailure(ws.system, { ...(await failureOf(made)), failed: "Preview", batch: 1 });
  const outcomes = [await said("Pictures", 0), await said("Pictures", 1), await said("Scan")];
  assert.deepEqual(
    outcomes.map((one) => one?.outcome),
    ["running", "failed", "running"],
  );
  assert.deepEqual(await made.runs(), ["1 running 1"]);
  assert.equal((await made.transfer()).activeWave, 1);
});

test("an earlier failure of a preview is not the reason why a run failed", async () => {
  const made = await makeRun([FILE]);
  const { ws, step } = made;
  const now = ws.clock.now();
  await beginStep({ ...step("Pictures"), batch: 0 }, now);
  await endStep({ ...step("Pictures"), batch: 0 }, { outcome: "failed", message: "One preview." }, now);
  await beginStep(step("Publish"), now);
  await noteFailure(ws.system, await failureOf(made));
  assert.match((await made.run()).message ?? "", /^Publish: /);
});

test("a failure that is reported late does not change the run's next try or its steps", async () => {
  const made = await makeRun([FILE]);
  const { ws, id, step, said } = made;
  const late = await failureOf(made);
  await noteFailure(ws.system, late);
  await restartRun(ws.as("owner"), { transferId: id, wave: 1 });
  await beginStep(step("Check"), ws.clock.now());
  await noteFailure(ws.system, late);
  assert.deepEqual(await made.runs(), ["1 running 2"]);
  assert.equal((await made.transfer()).activeWave, 1);
  assert.equal((await said("Check"))?.outcome, "running");
});

test("files that arrived meanwhile get a run; the files that failed wait until their run is started again", async () => {
  const made = await makeRun([FILE], "off");
  const { ws, id } = made;
  await made.send(LATE);
  await noteFailure(ws.system, await failureOf(made));
  assert.deepEqual(await made.runs(), ["2 running 1", "1 failed 1"]);
  assert.equal((await made.run(2)).ordinals, "1");
  await noteFailure(ws.system, await failureOf(made, 2));
  await made.reconcile();
  assert.deepEqual(await made.runs(), ["2 failed 1", "1 failed 1"]);
  await restartRun(ws.as("owner"), { transferId: id, wave: 1 });
  await publishRun(ws.system, made.step("Publish"));
  assert.deepEqual(
    (await made.files()).map(({ state }) => state),
    ["ready", "stored"],
  );
});

test("a failed last run of a sealed transfer is not followed by another last run", async () => {
  const made = await makeRun([FILE], "off");
  const { ws, id, step } = made;
  await sealTransfer(ws.as("owner"), { transferId: id });
  await noteFailure(ws.system, await failureOf(made));
  assert.deepEqual(await made.runs(), ["1 failed 1"], "its file is still to be decided on");
  await restartRun(ws.as("owner"), { transferId: id, wave: 1 });
  await publishRun(ws.system, step("Publish"));
  await finishRun(ws.system, step("Finish"));
  assert.equal((await made.transfer()).state, "ready");

  const other = await makeRun([FILE], "off");
  await publishRun(other.ws.system, other.step("Publish"));
  await sealTransfer(other.ws.as("owner"), { transferId: other.id });
  await finishRun(other.ws.system, other.step("Finish"));
  await noteFailure(other.ws.system, await failureOf(other, 2));
  await other.reconcile();
  assert.deepEqual(await other.runs(), ["2 failed 1", "1 succeeded 1"]);
});

test("repeating the step changes nothing", async () => {
  const made = await makeRun([FILE]);
  const failure = await failureOf(made);
  await made.send(LATE);
  await noteFailure(made.ws.system, failure);
  const before = [await made.run(), await made.run(2), executionsOf(made.id)];
  made.ws.clock.advance(5000);
  await noteFailure(made.ws.system, failure);
  assert.deepEqual([await made.run(), await made.run(2), executionsOf(made.id)], before);
  assert.equal((await made.transfer()).activeWave, 2);
});

test("for a purged transfer nothing is recorded", async () => {
  const made = await makeRun([FILE]);
  const failure = await failureOf(made);
  await deleteTransfer(made.ws.as("owner"), { id: made.id });
  await purgeTransfer(made.ws.as("owner"), { id: made.id });
  await assert.rejects(noteFailure(made.ws.system, failure), { name: "RunNotFound" });
  assert.deepEqual(await made.runs(), []);
  assert.equal(executions.get(failure.execution)?.starts, 1);
});

test("only the workflow may record failures", async () => {
  const made = await makeRun([FILE]);
  const failure = await failureOf(made);
  await assertForWorkflowOnly(made, (ctx) => noteFailure(ctx, failure));
  assert.deepEqual(await made.runs(), ["1 running 1"]);
});
