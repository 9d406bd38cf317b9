import assert from "node:assert/strict";
import { test } from "node:test";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { allFileRows } from "#lib/files/file.store.ts";
import { keyOf, listObjects } from "#lib/files/object.store.ts";
import { removeFile } from "#lib/files/remove-file.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { publishFiles } from "#lib/testing/publish.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { sendFile } from "#lib/testing/send.ts";
import { requireServices } from "#lib/testing/services.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { DAY, makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { beginContentPurge } from "#lib/transfers/quota.store.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { findTransferRow } from "#lib/transfers/transfer.store.ts";
import { noteFailure } from "./note-failure.ts";
import { sweepWorkspace } from "./sweep-workspace.ts";
import { failureOf, makeRun } from "./testing/make-run.ts";

requireEngines();
const mail = requireServices();

const sweep = ({ system }: TestWorkspace, token = "sweep") => sweepWorkspace(system, { token });

/** A transfer with a file, whose events were all lost. */
async function send(ws: TestWorkspace, input: Parameters<typeof createTransfer>[1] = {}): Promise<string> {
  const owner = ws.as("owner");
  const { id } = await createTransfer(owner, input);
  await sendFile(owner, id, 0, "a.txt", Buffer.from("a"));
  return id;
}
async function deliver(ws: TestWorkspace, id: string): Promise<void> {
  await sealTransfer(ws.as("owner"), { transferId: id });
  await publishFiles(ws.as("owner"), id, 1);
}

async function left(ws: TestWorkspace, id: string) {
  const row = await findTransferRow(ws.id, id);
  assert.ok(row);
  return { row, files: (await Array.fromAsync(allFileRows(row))).length, objects: (await listObjects(row)).size };
}

test("transfers past their end or their time in the trash are removed without an event, also drafts", async () => {
  const ws = await makeWorkspace();
  const { id: draft } = await createTransfer(ws.as("owner"), { expiryDays: 1 });
  const unfinished = await send(ws, { expiryDays: 1 });
  const deleted = await send(ws, { expiryDays: 1 });
  await deleteTransfer(ws.as("owner"), { id: deleted });
  const other = await send(ws, { expiryDays: 30 });
  ws.clock.advance(DAY);
  assert.equal((await sweep(ws)).expired, 2);
  assert.equal((await left(ws, deleted)).objects, 1);
  ws.clock.advance(6 * DAY);
  assert.equal((await sweep(ws, "week")).expired, 1);
  for (const id of [draft, unfinished, deleted]) {
    const { row, files, objects } = await left(ws, id);
    assert.deepEqual([files, objects, row.forgetAt !== undefined], [0, 0, true]);
  }
  const { row, files, objects } = await left(ws, other);
  assert.deepEqual([files, objects, row.forgetAt], [1, 1, undefined]);
  assert.equal((await sweep(ws, "again")).expired, 0);
});

test("an interrupted removal is completed; a deleted transfer before its end stays", async () => {
  const ws = await makeWorkspace();
  const [broken, restorable] = [await send(ws), await send(ws)];
  for (const id of [broken, restorable]) await deleteTransfer(ws.as("owner"), { id });
  const row = await findTransferRow(ws.id, broken);
  assert.ok(row && (await beginContentPurge(row, ws.clock.now())));
  assert.equal((await sweep(ws)).expired, 1);
  assert.deepEqual([(await left(ws, broken)).files, (await left(ws, restorable)).files], [0, 1]);
  assert.equal((await left(ws, restorable)).objects, 1);
});

test("the next sweep deletes objects that an upload's signed URL created again, and nothing else", async () => {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const [forgotten, living] = [await send(ws), await send(ws, { expiryDays: 30 })];
  await sendFile(owner, living, 1, "b.txt", Buffer.from("b"));
  for (const ordinal of [0, 1]) await makeReady(owner, living, ordinal);
  await removeFile(owner, { id: living, ordinal: 0 });
  await deleteTransfer(owner, { id: forgotten });
  ws.clock.advance(7 * DAY);
  const first = await sweep(ws);
  assert.deepEqual([first.expired, first.orphans], [1, 0]);
  assert.deepEqual([(await left(ws, forgotten)).objects, (await left(ws, living)).objects], [0, 1]);
  for (const transferId of [forgotten, living]) {
    const Key = keyOf({ workspaceId: ws.id, transferId, ordinal: 0 });
    await s3().send(new PutObjectCommand({ Bucket: resources.uploads, Key, Body: "a" }));
  }
  assert.equal((await sweep(ws, "next")).orphans, 2);
  assert.deepEqual([(await left(ws, forgotten)).objects, (await left(ws, living)).objects], [0, 1]);
  assert.equal((await sweep(ws, "last")).orphans, 0);
});

test("recipients who still wait for mail get it once", async () => {
  const ws = await makeWorkspace();
  const to = `eva+${ws.id}@example.org`;
  const id = await send(ws, { recipients: [{ email: to }] });
  assert.equal((await sweep(ws)).mailed, 0, "it is not sealed");
  await deliver(ws, id);
  assert.equal((await sweep(ws, "second")).mailed, 1);
  assert.equal((await sweep(ws, "third")).mailed, 0);
  assert.equal(mail.mailsTo(to).length, 1);
  assert.deepEqual(
    (await listDeliveries(ws.as("owner"), { id })).map(({ state }) => state),
    ["mailed"],
  );
});

test("a failure with one transfer does not affect the others", async (t) => {
  const ws = await makeWorkspace();
  const id = await send(ws, { recipients: [{ email: `eva+${ws.id}@example.org` }] });
  await deliver(ws, id);
  const { id: old } = await createTransfer(ws.as("owner"), { expiryDays: 1 });
  ws.clock.advance(DAY);
  mail.limit(0);
  t.after(() => mail.limit(1000));
  await assert.rejects(sweep(ws), /1 transfers could not be swept/);
  assert.notEqual((await left(ws, old)).row.forgetAt, undefined);
  mail.limit(1000);
  assert.equal((await sweep(ws, "again")).mailed, 1);
});

test("failed runs are started again, the oldest first, until they have had three tries", async () => {
  const made = await makeRun([{ path: "a", bytes: "a" }]);
  const { ws, runs } = made;
  const fail = async (wave: number) => noteFailure(ws.system, await failureOf(made, wave));
  await made.send({ path: "b", bytes: "b" });
  await fail(1);
  await fail(2);
  assert.deepEqual(await runs(), ["2 failed 1", "1 failed 1"]);
  for (const [wave, expected] of [
    [1, ["2 failed 1", "1 running 2"]],
    [1, ["2 failed 1", "1 running 3"]],
    [2, ["2 running 2", "1 failed 3"]],
  ] as const) {
    assert.equal((await sweep(ws, expected.join())).restarted, 1);
    assert.deepEqual(await runs(), expected);
    await fail(wave);
  }
  assert.equal((await sweep(ws, "third of the second")).restarted, 1);
  await fail(2);
  assert.equal((await sweep(ws, "last")).restarted, 0);
  assert.deepEqual(await runs(), ["2 failed 3", "1 failed 3"]);
});

test("only the system may sweep, and only its own workspace", async () => {
  const [ws, other] = [await makeWorkspace(), await makeWorkspace()];
  const id = await send(ws, { expiryDays: 1 });
  ws.clock.advance(DAY);
  other.clock.advance(DAY);
  for (const ctx of [ws.as("owner"), ws.nobody])
    await assert.rejects(sweepWorkspace(ctx, { token: "t" }), { name: "NotAllowed" });
  assert.deepEqual(await sweep(other), {
    transfers: 0,
    reconciled: 0,
    restarted: 0,
    expired: 0,
    mailed: 0,
    orphans: 0,
    lost: 0,
    requeued: 0,
  });
  assert.equal((await left(ws, id)).files, 1);
});
