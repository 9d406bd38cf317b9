import assert from "node:assert/strict";
import { test } from "node:test";
import { GetScheduleCommand, ResourceNotFoundException } from "@aws-sdk/client-scheduler";
import { resources } from "#lib/adapters/resources.ts";
import { scheduler } from "#lib/adapters/scheduler.ts";
import { db } from "#lib/db/service.ts";
import { grantDownload } from "#lib/downloads/grant-download.ts";
import { handler as changes } from "#lib/entrypoints/consumers/changes.ts";
import { listObjects } from "#lib/files/object.store.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { publishFiles } from "#lib/testing/publish.ts";
import { sendFile } from "#lib/testing/send.ts";
import { requireServices } from "#lib/testing/services.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { DAY, makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { sweepWorkspace } from "#lib/workflow/sweep-workspace.ts";
import { setTrashPeriod } from "#lib/workspaces/set-trash-period.ts";
import { collectTransfer } from "./collect-transfer.ts";
import { deleteTransfer } from "./delete-transfer.ts";
import { expireTransfer } from "./expire-transfer.ts";
import { getTransfer } from "./get-transfer.ts";
import { listTransfers } from "./list-transfers.ts";
import { purgeTransfer } from "./purge-transfer.ts";
import { restoreTransfer } from "./restore-transfer.ts";
import { scheduleDeadlines } from "./schedule-deadlines.ts";
import { sealTransfer } from "./seal-transfer.ts";

requireEngines();
requireServices();
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

async function sendTransfer(ws: TestWorkspace, { title = "Old", expiryDays = 30 } = {}) {
  const owner = ws.as("owner");
  const { id, link } = await createTransfer(owner, { title, expiryDays });
  await sendFile(owner, id, 0, "a.txt", Buffer.from("hello"));
  await sealTransfer(owner, { transferId: id });
  await publishFiles(owner, id, 1);
  return { owner, id, link };
}

const objectsLeft = async (ws: TestWorkspace, id: string) => (await listObjects({ workspaceId: ws.id, id })).size;
const after = (ws: TestWorkspace, milliseconds: number) =>
  new Date(ws.clock.now().getTime() + milliseconds).toISOString();

async function scheduled(id: string, kind: string): Promise<string | undefined> {
  try {
    const found = await scheduler().send(
      new GetScheduleCommand({ Name: `${id}-${kind}`, GroupName: resources.deadlines.group }),
    );
    return /^at\((.*)\)$/.exec(found.ScheduleExpression ?? "")?.[1];
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function quotaOf(ws: TestWorkspace): Promise<number | undefined> {
  const { data } = await db().entities.quota.get({ workspaceId: ws.id, holder: "workspace" }).go();
  return data?.bytes;
}

test("a deleted transfer can be restored for a week, whatever happens meanwhile; after that its schedule purges it", async () => {
  const ws = await makeWorkspace();
  const { owner, id, link } = await sendTransfer(ws);
  const ref = { transferId: id };
  const until = after(ws, 7 * DAY);
  const deleted = await deleteTransfer(owner, { id });
  assert.deepEqual([deleted.state, deleted.restorableUntil, deleted.purged], ["deleted", until, false]);
  await assert.rejects(collectTransfer(await ws.guest(link), {}), code("TransferDeleted"));
  await scheduleDeadlines(ws.system, ref);
  assert.deepEqual(await Promise.all(["warning", "expiry", "purge"].map((kind) => scheduled(id, kind))), [
    undefined,
    undefined,
    until.slice(0, 19),
  ]);
  ws.clock.advance(7 * DAY - 1);
  assert.equal(await expireTransfer(ws.system, ref), "not yet");
  await sweepWorkspace(ws.system, { token: "t" });
  assert.equal(await objectsLeft(ws, id), 1);
  ws.clock.advance(1);
  assert.equal((await getTransfer(owner, { id })).transfer.restorableUntil, undefined);
  await assert.rejects(restoreTransfer(owner, { id }), code("TransferPurged"));
  assert.equal(await expireTransfer(ws.system, ref), "purged");
  assert.equal(await objectsLeft(ws, id), 0);
  assert.equal((await getTransfer(owner, { id })).transfer.purged, true);
  await scheduleDeadlines(ws.system, ref);
  assert.equal(await scheduled(id, "purge"), undefined);
});

test("without schedules the sweep purges transfers whose time in the trash is over, and no others", async () => {
  const ws = await makeWorkspace();
  const { owner, id } = await sendTransfer(ws);
  await setTrashPeriod(owner, { days: 3 });
  await deleteTransfer(owner, { id });
  ws.clock.advance(3 * DAY - 1);
  assert.equal((await sweepWorkspace(ws.system, { token: "a" })).expired, 0);
  assert.equal(await objectsLeft(ws, id), 1);
  ws.clock.advance(1);
  assert.equal((await sweepWorkspace(ws.system, { token: "b" })).expired, 1);
  assert.equal(await objectsLeft(ws, id), 0);
});

test("a restored transfer has its old deadlines, and an older schedule does nothing to it", async () => {
  const ws = await makeWorkspace();
  const { owner, id, link } = await sendTransfer(ws);
  const before = (await getTransfer(owner, { id })).transfer;
  await deleteTransfer(owner, { id });
  await scheduleDeadlines(ws.system, { transferId: id });
  ws.clock.advance(6 * DAY);
  await restoreTransfer(owner, { id });
  assert.deepEqual((await getTransfer(owner, { id })).transfer, before);
  ws.clock.advance(2 * DAY);
  assert.equal(await expireTransfer(ws.system, { transferId: id }), "not yet");
  assert.equal(await scheduled(id, "purge"), undefined);
  assert.equal(await scheduled(id, "expiry"), before.expiresAt.slice(0, 19));
  const { url } = await grantDownload(await ws.guest(link), { ordinal: 0 });
  assert.equal(await (await fetch(url)).text(), "hello");
});

test("a transfer that is deleted again has the whole trash period again", async () => {
  const ws = await makeWorkspace();
  const { owner, id } = await sendTransfer(ws);
  await deleteTransfer(owner, { id });
  ws.clock.advance(5 * DAY);
  await restoreTransfer(owner, { id });
  assert.equal((await deleteTransfer(owner, { id })).restorableUntil, after(ws, 7 * DAY));
  ws.clock.advance(5 * DAY);
  assert.equal(await expireTransfer(ws.system, { transferId: id }), "not yet");
  assert.equal(await objectsLeft(ws, id), 1);
});

test("a transfer in the trash is kept beyond its own end; when it is restored after that it has one more day", async () => {
  const ws = await makeWorkspace();
  const { owner, id, link } = await sendTransfer(ws, { expiryDays: 1 });
  await deleteTransfer(owner, { id });
  ws.clock.advance(3 * DAY);
  assert.equal(await expireTransfer(ws.system, { transferId: id }), "not yet");
  await sweepWorkspace(ws.system, { token: "t" });
  const restored = await restoreTransfer(owner, { id });
  assert.deepEqual([restored.state, restored.expiresAt], ["sealed", after(ws, DAY)]);
  assert.equal(await expireTransfer(ws.system, { transferId: id }), "not yet");
  await collectTransfer(await ws.guest(link), {});
});

test("the trash period is the workspace's at the time of the deletion, from zero to thirty days", async () => {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  for (const days of [-1, 31, 1.5, Number.NaN])
    await assert.rejects(setTrashPeriod(owner, { days }), /time in the trash/);
  const { id } = await sendTransfer(ws);
  await setTrashPeriod(owner, { days: 30 });
  const { restorableUntil } = await deleteTransfer(owner, { id });
  assert.equal(restorableUntil, after(ws, 30 * DAY));
  await setTrashPeriod(owner, { days: 0 });
  assert.equal((await getTransfer(owner, { id })).transfer.restorableUntil, restorableUntil);
  const other = await sendTransfer(ws);
  assert.equal((await deleteTransfer(owner, { id: other.id })).restorableUntil, undefined);
  await assert.rejects(restoreTransfer(owner, { id: other.id }), code("TransferPurged"));
  await scheduleDeadlines(ws.system, { transferId: other.id });
  assert.ok(await scheduled(other.id, "purge"));
  assert.equal(await expireTransfer(ws.system, { transferId: other.id }), "purged");
});

test("transfers in the trash count for quotas until they are purged", async () => {
  const ws = await makeWorkspace();
  const { owner, id } = await sendTransfer(ws);
  await deleteTransfer(owner, { id });
  assert.equal(await quotaOf(ws), 5);
  await restoreTransfer(owner, { id });
  assert.equal(await quotaOf(ws), 5);
  await deleteTransfer(owner, { id });
  ws.clock.advance(7 * DAY);
  await Promise.all([1, 2].map(() => expireTransfer(ws.system, { transferId: id })));
  assert.equal(await quotaOf(ws), 0);
});

test("a restore during a purge restores all or nothing", async () => {
  for (let round = 0; round < 8; round++) {
    const ws = await makeWorkspace();
    const { owner, id } = await sendTransfer(ws);
    await deleteTransfer(owner, { id });
    const late = { ...ws.system, clock: { now: () => new Date(ws.clock.now().getTime() + 7 * DAY) } };
    const purge = () => (round % 2 === 0 ? purgeTransfer(owner, { id }) : expireTransfer(late, { transferId: id }));
    const outcomeOf = (work: Promise<unknown>) =>
      work.then(
        (value) => (value === "not yet" ? "not yet" : "done"),
        (error: { code?: string }) => error.code,
      );
    const [purged, restored] = await Promise.all([outcomeOf(purge()), outcomeOf(restoreTransfer(owner, { id }))]);
    const { transfer, files } = await getTransfer(owner, { id });
    const facts = [transfer.state, transfer.purged, files.items.length, await objectsLeft(ws, id), await quotaOf(ws)];
    if (restored === "done") {
      assert.match(String(purged), /^(Transfer(Changed|NotDeleted)|not yet)$/);
      assert.deepEqual(facts, ["sealed", false, 1, 1, 5]);
    } else {
      assert.deepEqual([purged, restored], ["done", "TransferPurged"]);
      assert.deepEqual(facts, ["deleted", true, 0, 0, 0]);
    }
  }
});

test("the trash is a separate list in which members see their own transfers, and a restored transfer leaves it", async () => {
  const ws = await makeWorkspace();
  const { owner, id } = await sendTransfer(ws, { title: "mine" });
  const member = ws.as("member");
  const { id: theirs } = await createTransfer(member, { title: "theirs" });
  const titles = async (ctx: typeof owner, everyone: boolean, trash: boolean) =>
    (await listTransfers(ctx, { everyone, trash })).items.map(({ title }) => title).sort();
  assert.deepEqual(await titles(owner, true, true), []);
  await deleteTransfer(owner, { id });
  await deleteTransfer(member, { id: theirs });
  assert.deepEqual(await titles(owner, true, false), []);
  assert.deepEqual(await titles(owner, true, true), ["mine", "theirs"]);
  assert.deepEqual(await titles(owner, false, true), ["mine"]);
  assert.deepEqual(await titles(member, true, true), ["theirs"]);
  await restoreTransfer(owner, { id });
  assert.deepEqual([await titles(owner, true, true), await titles(owner, true, false)], [["theirs"], ["mine"]]);
  await purgeTransfer(member, { id: theirs });
  assert.deepEqual(await titles(owner, true, true), []);
});

test("the table's stream schedules the purge of a deleted transfer", async () => {
  const ws = await makeWorkspace();
  const { owner, id } = await sendTransfer(ws);
  await deleteTransfer(owner, { id });
  const image = (state: string) =>
    Object.fromEntries(
      Object.entries({ __edb_e__: "transfer", workspaceId: ws.id, id, state }).map(([name, S]) => [name, { S }]),
    );
  const dynamodb = { SequenceNumber: "1", OldImage: image("ready"), NewImage: image("deleted") };
  await changes({ Records: [{ eventName: "MODIFY", dynamodb }] });
  assert.equal(await scheduled(id, "purge"), after(ws, 7 * DAY).slice(0, 19));
});
