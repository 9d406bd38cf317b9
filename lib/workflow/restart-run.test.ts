import assert from "node:assert/strict";
import { test } from "node:test";
import { requireEngines } from "#lib/testing/engines.ts";
import { executions, executionsOf } from "#lib/testing/step-functions.ts";
import { DAY, makeWorkspace } from "#lib/testing/workspace.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { finishRun } from "./finish-run.ts";
import { noteFailure } from "./note-failure.ts";
import { publishRun } from "./publish-run.ts";
import { restartFailed } from "./restart-failed.ts";
import { restartRun } from "./restart-run.ts";
import { failureOf, makeRun } from "./testing/make-run.ts";

requireEngines();

const FILE = { path: "a", bytes: "a" };

/** A transfer whose only run has failed. */
async function failed() {
  const made = await makeRun([FILE], "off");
  const fail = async (wave = 1) => noteFailure(made.ws.system, await failureOf(made, wave));
  await fail();
  return { ...made, fail, restart: () => restartRun(made.ws.as("owner"), { transferId: made.id, wave: 1 }) };
}

test("a failed run is started again as its next try, and its earlier error is removed", async () => {
  const { ws, id, restart, run, transfer } = await failed();
  ws.clock.advance(DAY / 2);
  assert.deepEqual(await restart(), { tries: 2 });
  const { state, tries, startedAt, finishedAt, message } = await run();
  assert.deepEqual(
    [state, tries, startedAt, finishedAt, message],
    ["running", 2, ws.clock.now().toISOString(), undefined, undefined],
  );
  assert.equal((await transfer()).activeWave, 1);
  assert.deepEqual(executionsOf(id), [`${id}-1-1`, `${id}-1-2`]);
  assert.equal(executions.get(`${id}-1-2`)?.wave, 1);
});

test("of two people who start it at the same time one succeeds", async () => {
  for (let round = 0; round < 5; round++) {
    const { id, runs, restart } = await failed();
    const answers = await Promise.allSettled([restart(), restart()]);
    const refused = answers.flatMap((one) => (one.status === "rejected" ? [one.reason.name] : []));
    assert.equal(refused.length, 1);
    assert.match(refused[0], /^(TransferChanged|RunNotFailed)$/);
    assert.deepEqual(await runs(), ["1 running 2"]);
    assert.deepEqual(executionsOf(id), [`${id}-1-1`, `${id}-1-2`]);
  }
});

test("whatever happens to the transfer at the same time, no second run covers the same files", async () => {
  for (let round = 0; round < 10; round++) {
    const { ws, id, runs, restart, reconcile } = await failed();
    await Promise.allSettled([
      reconcile(),
      restart(),
      reconcile(),
      restartFailed(ws.system, { transferId: id }),
      reconcile(),
    ]);
    await reconcile();
    assert.deepEqual(await runs(), ["1 running 2"]);
    assert.deepEqual(executionsOf(id), [`${id}-1-1`, `${id}-1-2`]);
  }
});

test("if starting the execution was interrupted, the next caller that reconciles the transfer starts it", async () => {
  const { id, restart, reconcile } = await failed();
  await restart();
  executions.delete(`${id}-1-2`);
  await reconcile();
  assert.deepEqual(executionsOf(id), [`${id}-1-1`, `${id}-1-2`]);
});

test("a run that has not failed, or does not exist, is not started again", async () => {
  const { ws, id, restart, step, runs } = await failed();
  await restart();
  await assert.rejects(restart(), { name: "RunNotFailed" });
  await publishRun(ws.system, step("Publish"));
  await finishRun(ws.system, step("Finish"));
  await assert.rejects(restart(), { name: "RunNotFailed" });
  await assert.rejects(restartRun(ws.as("owner"), { transferId: id, wave: 7 }), { name: "RunNotFound" });
  assert.deepEqual(await runs(), ["1 succeeded 2"]);
});

test("while another run of the transfer is under way, a failed run can't be started again", async () => {
  const { restart, send, reconcile, runs } = await failed();
  await send({ path: "late", bytes: "late" });
  await reconcile();
  await assert.rejects(restart(), { name: "TransferChanged" });
  assert.deepEqual(await runs(), ["2 running 1", "1 failed 1"]);
});

test("runs of deleted and expired transfers are not started", async () => {
  const { ws, id, restart, runs } = await failed();
  await deleteTransfer(ws.as("owner"), { id });
  await assert.rejects(restart(), { name: "TransferDeleted" });
  assert.equal(await restartFailed(ws.system, { transferId: id }), false);
  const expired = await failed();
  expired.ws.clock.advance(8 * DAY);
  await assert.rejects(expired.restart(), { name: "TransferExpired" });
  assert.equal(await restartFailed(expired.ws.system, { transferId: expired.id }), false);
  assert.deepEqual([await runs(), await expired.runs()], [["1 failed 1"], ["1 failed 1"]]);
});

test("only a member who may change the transfer may start its runs again", async () => {
  const { ws, id, runs } = await failed();
  const other = await makeWorkspace();
  const input = { transferId: id, wave: 1 };
  await assert.rejects(restartRun(ws.as("viewer"), input), { name: "NotAllowed" });
  // Another member may not.
  await assert.rejects(restartRun(ws.as("member"), input), { name: "TransferNotFound" });
  await assert.rejects(restartRun(other.as("owner"), input), { name: "TransferNotFound" });
  await assert.rejects(restartRun(ws.nobody, input), { name: "NotSignedIn" });
  await assert.rejects(restartRun(ws.system, input), { name: "NotSignedIn" });
  await assert.rejects(restartFailed(ws.as("owner"), { transferId: id }), { name: "NotAllowed" });
  assert.equal(await restartFailed(other.system, { transferId: id }), false);
  assert.deepEqual(await runs(), ["1 failed 1"]);
});
