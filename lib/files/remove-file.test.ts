import assert from "node:assert/strict";
import { test } from "node:test";
import { GetScheduleCommand } from "@aws-sdk/client-scheduler";
import { resources } from "#lib/adapters/resources.ts";
import { scheduler } from "#lib/adapters/scheduler.ts";
import { db } from "#lib/db/service.ts";
import { listActivity } from "#lib/deliveries/list-activity.ts";
import { grantDownload } from "#lib/downloads/grant-download.ts";
import { grantDownloads } from "#lib/downloads/grant-downloads.ts";
import { grantMemberDownload } from "#lib/downloads/grant-member-download.ts";
import { grantPreview } from "#lib/downloads/grant-preview.ts";
import { listDownloads } from "#lib/downloads/list-downloads.ts";
import { handler as changes } from "#lib/entrypoints/consumers/changes.ts";
import { handler as deadlines } from "#lib/entrypoints/consumers/deadlines.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { sendFile } from "#lib/testing/send.ts";
import { requireServices } from "#lib/testing/services.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { DAY, makeWorkspace } from "#lib/testing/workspace.ts";
import { collectTransfer } from "#lib/transfers/collect-transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { sweepWorkspace } from "#lib/workflow/sweep-workspace.ts";
import { listObjects } from "./object.store.ts";
import { purgeFile } from "./purge-file.ts";
import { removeFile } from "./remove-file.ts";
import { restoreFile } from "./restore-file.ts";

requireEngines();
requireServices();
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

async function sendTwo() {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id, link } = await createTransfer(owner, { expiryDays: 30 });
  for (const [ordinal, path] of ["wrong.txt", "right.txt"].entries()) {
    await sendFile(owner, id, ordinal, path, Buffer.from(path));
    await makeReady(owner, id, ordinal);
  }
  await sealTransfer(owner, { transferId: id });
  const quota = async () =>
    (await db().entities.quota.get({ workspaceId: ws.id, holder: "workspace" }).go()).data?.bytes;
  const objects = async () => [...(await listObjects({ workspaceId: ws.id, id })).keys()];
  return { ws, owner, id, guest: await ws.guest(link), file: { id, ordinal: 0 }, quota, objects };
}

test("a removed file can't be downloaded in any way at once, and other files can", async () => {
  const { owner, guest, id, file, quota } = await sendTwo();
  const granted = await grantDownloads(guest, { files: [{ ordinal: 0 }] });
  const [begun] = granted.files;
  await removeFile(owner, file);
  await removeFile(owner, file);
  const seen = await collectTransfer(guest, {});
  assert.deepEqual([seen.files.items.map(({ path }) => path), seen.fileCount], [["right.txt"], 1]);
  await assert.rejects(grantDownload(guest, { ordinal: 0 }), code("FileNotFound"));
  await assert.rejects(grantPreview(guest, { ordinal: 0, name: "thumb.webp" }), code("FileNotFound"));
  await assert.rejects(grantMemberDownload(owner, file), code("FileNotFound"));
  const grant = begun && "grant" in begun ? begun.grant : "";
  const again = await grantDownloads(guest, { files: [{ ordinal: 0, grant }, { ordinal: 1 }] });
  assert.deepEqual(
    again.files.map((one) => "error" in one),
    [true, false],
  );
  const list = (await listDownloads(guest, { from: 0 })).items;
  assert.deepEqual(list, [{ ordinal: 1, path: "right.txt", size: 9 }]);
  const { transfer } = await getTransfer(owner, { id });
  assert.deepEqual([transfer.numbers.removed.files, transfer.numbers.ready.files], [1, 1]);
  assert.equal(await quota(), 18);
  const [entry] = (await listActivity(owner, { id })).items.filter(({ kind }) => kind === "removed");
  assert.deepEqual([entry?.who, entry?.note], ["The owner", "wrong.txt"]);
});

test("a removed file can be restored while it is in the trash, and the sweep purges it after that", async () => {
  const { ws, owner, guest, id, file, quota, objects } = await sendTwo();
  await removeFile(owner, file);
  ws.clock.advance(6 * DAY);
  await sweepWorkspace(ws.system, { token: "a" });
  await restoreFile(owner, file);
  const { url } = await grantDownload(guest, { ordinal: 0 });
  assert.equal(await (await fetch(url)).text(), "wrong.txt");
  assert.deepEqual(
    (await listActivity(owner, { id })).items.filter(({ kind }) => kind === "restored").map(({ note }) => note),
    ["wrong.txt"],
  );
  await removeFile(owner, file);
  ws.clock.advance(7 * DAY - 1);
  await sweepWorkspace(ws.system, { token: "b" });
  assert.deepEqual(await objects(), [0, 1]);
  ws.clock.advance(1);
  await assert.rejects(restoreFile(owner, file), code("FilePurged"));
  await sweepWorkspace(ws.system, { token: "c" });
  await sweepWorkspace(ws.system, { token: "d" });
  assert.deepEqual([await objects(), await quota()], [[1], 9]);
});

test("the purge of a removed file is scheduled for the end of its time in the trash, and needs no sweep", async () => {
  const { ws, owner, id, file, quota, objects } = await sendTwo();
  const { restorableUntil } = await removeFile(owner, file);
  const text = (S: string) => ({ S });
  const NewImage = {
    ...{ __edb_e__: text("activity"), kind: text("removed"), who: text("file-0") },
    ...{ workspaceId: text(ws.id), transferId: text(id) },
  };
  await changes({ Records: [{ eventName: "INSERT", dynamodb: { SequenceNumber: "1", NewImage } }] });
  const Name = `${id}-file-0`;
  const { ScheduleExpression, Target } = await scheduler().send(
    new GetScheduleCommand({ Name, GroupName: resources.deadlines.group }),
  );
  assert.equal(ScheduleExpression, `at(${restorableUntil.slice(0, 19)})`);
  const deadline: unknown = JSON.parse(Target?.Input ?? "");
  assert.deepEqual(deadline, { workspaceId: ws.id, transferId: id, kind: "file", ordinal: 0 });
  // It came too early.
  await deadlines(deadline);
  assert.deepEqual(await objects(), [0, 1]);
  ws.clock.advance(7 * DAY);
  const purge = () => purgeFile(ws.system, { transferId: id, ordinal: 0 });
  assert.equal(await purge(), "purged");
  assert.equal(await purge(), "nothing");
  assert.deepEqual([await objects(), await quota()], [[1], 9]);
});

test("the schedule of a restored file does nothing", async () => {
  const { ws, owner, id, file, objects } = await sendTwo();
  await removeFile(owner, file);
  await restoreFile(owner, file);
  ws.clock.advance(7 * DAY);
  assert.equal(await purgeFile(ws.system, { transferId: id, ordinal: 0 }), "nothing");
  assert.deepEqual(await objects(), [0, 1]);
});
