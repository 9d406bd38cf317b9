import assert from "node:assert/strict";
import { test } from "node:test";
import { db } from "#lib/db/service.ts";
import { handler as objects } from "#lib/entrypoints/consumers/objects.ts";
import { allFileRows } from "#lib/files/file.store.ts";
import { deleteObjects } from "#lib/files/object.store.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { ordinalsIn } from "#lib/kernel/ordinals.ts";
import { CountingMeter } from "#lib/metering/meter.ts";
import { deliver } from "#lib/testing/deliver.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { crc64, requestFor, reservation, seededBytes, sendFile } from "#lib/testing/send.ts";
import { executions, executionsOf } from "#lib/testing/step-functions.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { findTransferRow } from "#lib/transfers/transfer.store.ts";
import { acquireLease } from "#lib/transfers/transfer-lease.store.ts";
import { seeded } from "#lib/upload-engine/testing/seeded.ts";
import { completeFiles } from "#lib/uploads/complete-files.ts";
import { reserveFiles } from "#lib/uploads/reserve-files.ts";
import { signParts } from "#lib/uploads/sign-parts.ts";
import { reconcileTransfer } from "./reconcile-transfer.ts";
import { listRunRows } from "./run.store.ts";
import { sweepWorkspace } from "./sweep-workspace.ts";

requireEngines();

const FILES = 20;

const systemOf = ({ id, clock }: TestWorkspace): Ctx => ({
  actor: { kind: "system", workspaceId: id },
  clock,
  meter: new CountingMeter(),
});

/** A workspace whose files open without a scan, because there is no container here. */
async function unscanned(): Promise<TestWorkspace> {
  const workspace = await makeWorkspace();
  await db().entities.workspace.patch({ id: workspace.id }).set({ scanPolicy: "off" }).go();
  return workspace;
}

/** Files whose bytes are in S3; for every second one the app was not told, as when the browser was closed. */
async function arrive(workspace: TestWorkspace, files = FILES): Promise<string> {
  const owner = workspace.as("owner");
  const { id } = await createTransfer(owner, {});
  const bytes = Array.from({ length: files }, (_, index) => seededBytes(`${id}/${index}`, 20 + index));
  await reserveFiles(
    owner,
    reservation(
      id,
      0,
      bytes.map(({ length }, index) => ({ path: `${index}`, size: length })),
    ),
  );
  const parts = await Promise.all(bytes.map(async (one, ordinal) => ({ ordinal, part: 1, crc64: await crc64(one) })));
  const signed = await signParts(owner, { transferId: id, parts });
  await mapConcurrently([...parts.entries()], 8, async ([index, part]) => {
    const { url, headers } = requestFor(signed, index, part);
    const put = await fetch(url, { method: "PUT", headers, body: new Uint8Array(bytes[index] ?? []) });
    assert.ok(put.ok);
  });
  const told = parts.filter(({ ordinal }) => ordinal % 2 === 0);
  await completeFiles(owner, { transferId: id, files: told.map(({ ordinal, crc64 }) => ({ ordinal, crc64 })) });
  return id;
}

const event = (workspaceId: string, transferId: string, ordinal: number) => ({
  Records: [{ s3: { object: { key: `${workspaceId}/${transferId}/${ordinal}` } } }],
});

/** Delivers, and returns how each file ended and how many runs covered it. */
async function outcome(workspace: TestWorkspace, transferId: string): Promise<string> {
  await sealTransfer(workspace.as("owner"), { transferId });
  await deliver(workspace, transferId);
  const row = await findTransferRow(workspace.id, transferId);
  assert.ok(row);
  const covered = new Map<number, number>();
  for (const run of await listRunRows({ workspaceId: workspace.id, transferId }, 100)) {
    assert.equal(run.state, "succeeded");
    for (const ordinal of ordinalsIn(run.ordinals)) covered.set(ordinal, (covered.get(ordinal) ?? 0) + 1);
  }
  const files = await Array.fromAsync(allFileRows(row));
  assert.deepEqual([row.activeWave, row.leasedBy, row.recheckAt], [undefined, undefined, undefined]);
  return `${row.state}: ${files.map(({ ordinal, state }) => `${ordinal} ${state} ${covered.get(ordinal)}`).join(", ")}`;
}

test("events of 200 files, each zero to three times in any order, and a sweep lead to one final state of each file", async () => {
  const workspace = await unscanned();
  const random = seeded(1000);
  const ids = await mapConcurrently(Array.from({ length: 10 }), 4, () => arrive(workspace));
  const events = ids
    .flatMap((id) => Array.from({ length: FILES }, (_, ordinal) => event(workspace.id, id, ordinal)))
    .flatMap((one) => Array.from({ length: Math.floor(random() * 4) }, () => ({ one, at: random() })))
    .sort((a, b) => a.at - b.at);
  let failed = 0;
  await mapConcurrently([...events.entries()], 8, async ([index, { one }]) => {
    await objects(one, { awsRequestId: `event-${index}` }).catch(() => failed++);
  });
  await sweepWorkspace(systemOf(workspace), { token: "sweep" });
  for (const id of ids) {
    assert.equal(executionsOf(id).length, 1, "one run at a time");
    const row = await findTransferRow(workspace.id, id);
    const states = row && (await Array.fromAsync(allFileRows(row))).map(({ state }) => state);
    assert.deepEqual(new Set(states), new Set(["stored"]), "all that arrived is marked, or will be by the run's end");
  }
  const once = await arrive(workspace);
  for (let ordinal = 0; ordinal < FILES; ordinal++)
    await objects(event(workspace.id, once, ordinal), { awsRequestId: `once-${ordinal}` });
  const expected = (await outcome(workspace, once)).replaceAll(once, "");
  assert.match(expected, /^ready: 0 ready 1, 1 ready 1, /);
  for (const id of ids) assert.equal(await outcome(workspace, id), expected);
  assert.ok(failed < events.length / 100, `${failed} of ${events.length} would have been tried again`);
});

test("after a caller has died its own next try continues at once, and other callers after its lease", async () => {
  const workspace = await unscanned();
  const id = await arrive(workspace, 2);
  const ctx = systemOf(workspace);
  assert.ok(await acquireLease(workspace.id, id, "died", workspace.clock.now()));
  await reconcileTransfer(ctx, { transferId: id, token: "another" });
  assert.deepEqual(executionsOf(id), []);
  assert.ok((await findTransferRow(workspace.id, id))?.recheckAt, "its wake-up is not lost");
  await reconcileTransfer(ctx, { transferId: id, token: "died" });
  assert.deepEqual(executionsOf(id), [`${id}-1-1`]);

  const other = await arrive(workspace, 2);
  assert.ok(await acquireLease(workspace.id, other, "died", workspace.clock.now()));
  workspace.clock.advance(61_000);
  await reconcileTransfer(ctx, { transferId: other, token: "another" });
  assert.deepEqual(executionsOf(other), [`${other}-1-1`]);
});

test("a run that ended without reporting has failed; its files wait until it is started again, others continue", async () => {
  const workspace = await unscanned();
  const id = await arrive(workspace, 2);
  const ctx = systemOf(workspace);
  const states = async () =>
    (await listRunRows({ workspaceId: workspace.id, transferId: id }, 10)).map(
      ({ wave, state, tries }) => `${wave} ${state} ${tries}`,
    );
  await reconcileTransfer(ctx, { transferId: id, token: "1" });
  const execution = executions.get(`${id}-1-1`);
  assert.ok(execution);
  execution.ended = true;
  await reconcileTransfer(ctx, { transferId: id, token: "2" });
  assert.deepEqual(await states(), ["1 failed 1"]);
  const [run] = await listRunRows({ workspaceId: workspace.id, transferId: id }, 1);
  assert.match(run?.message ?? "", /Start it again/);
  await sendFile(workspace.as("owner"), id, 2, "late", Buffer.from("late"));
  await reconcileTransfer(ctx, { transferId: id, token: "3" });
  assert.deepEqual(await states(), ["2 running 1", "1 failed 1"]);
  await deliver(workspace, id);
  assert.deepEqual(await states(), ["2 succeeded 1", "1 succeeded 2"]);
});

test("events of purged, deleted and unknown transfers do nothing", async () => {
  const workspace = await unscanned();
  const id = await arrive(workspace, 2);
  await deleteTransfer(workspace.as("owner"), { id });
  await reconcileTransfer(systemOf(workspace), { transferId: id, token: "1" });
  assert.deepEqual(executionsOf(id), []);
  const nowhere = "tr_0000000000000000000000";
  await reconcileTransfer(systemOf(workspace), { transferId: nowhere, token: "1" });
  await objects({ Records: [{ s3: { object: { key: "not/ours" } } }] }, { awsRequestId: "x" });
});

test("a sweep finds objects without rows and rows without objects, and reports them", async () => {
  const workspace = await unscanned();
  const [lost, orphan] = [await arrive(workspace, 4), await arrive(workspace, 2)];
  await sealOf(workspace, lost);
  await deleteObjects({ workspaceId: workspace.id, id: lost });
  await db().entities.transfer.delete({ workspaceId: workspace.id, id: orphan }).go();
  const report = await sweepWorkspace(systemOf(workspace), { token: "sweep" });
  assert.deepEqual([report.orphans, report.lost], [1, 4]);
  const again = await sweepWorkspace(systemOf(workspace), { token: "again" });
  assert.deepEqual([again.orphans, again.lost], [0, 0]);
});

/** The app knows of all its files that they have arrived. */
async function sealOf(workspace: TestWorkspace, id: string): Promise<void> {
  await reconcileTransfer(systemOf(workspace), { transferId: id, token: "seal" });
  await sealTransfer(workspace.as("owner"), { transferId: id });
}
