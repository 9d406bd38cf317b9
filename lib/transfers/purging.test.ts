import assert from "node:assert/strict";
import { test } from "node:test";
import { ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetScheduleCommand, ResourceNotFoundException } from "@aws-sdk/client-scheduler";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { scheduler } from "#lib/adapters/scheduler.ts";
import { db } from "#lib/db/service.ts";
import { listActivity } from "#lib/deliveries/list-activity.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { noteDownload } from "#lib/deliveries/note-download.ts";
import { handler as changes } from "#lib/entrypoints/consumers/changes.ts";
import { handler as deadlines } from "#lib/entrypoints/consumers/deadlines.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { publishFiles } from "#lib/testing/publish.ts";
import { sendFile } from "#lib/testing/send.ts";
import { requireServices } from "#lib/testing/services.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { DAY, makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { beginStep } from "#lib/workflow/step.store.ts";
import { expireTransfer } from "./expire-transfer.ts";
import { extendTransfer } from "./extend-transfer.ts";
import { getTransfer } from "./get-transfer.ts";
import { purgeRemovedContent } from "./purge-removed-content.ts";
import { scheduleDeadlines } from "./schedule-deadlines.ts";
import { sealTransfer } from "./seal-transfer.ts";

requireEngines();
const mail = requireServices();
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

async function makeTransfer(ws: TestWorkspace, expiryDays = 7, recipients: { email: string }[] = []) {
  const owner = ws.as("owner");
  const { id, link, createdAt } = await createTransfer(owner, { title: "Old", expiryDays, recipients });
  await sendFile(owner, id, 0, "a.txt", Buffer.from("hello"));
  const rendition = { Bucket: resources.derived, Key: `${ws.id}/${id}/0/thumb.webp`, Body: "picture" };
  await s3().send(new PutObjectCommand(rendition));
  await sealTransfer(owner, { transferId: id });
  await publishFiles(owner, id, 1);
  return { owner, id, link, createdAt };
}

async function keysLeft(ws: TestWorkspace, id: string): Promise<string[]> {
  const found = await Promise.all(
    [resources.uploads, resources.derived].map((Bucket) =>
      s3().send(new ListObjectsV2Command({ Bucket, Prefix: `${ws.id}/${id}/` })),
    ),
  );
  return found.flatMap(({ Contents = [] }) => Contents.map(({ Key = "" }) => Key));
}

/** The time of a deadline's schedule, `2026-11-24T10:42:00`; undefined when there is no schedule. */
async function scheduled(id: string, kind: "warning" | "expiry"): Promise<string | undefined> {
  try {
    const input = { Name: `${id}-${kind}`, GroupName: resources.deadlines.group };
    const { ScheduleExpression } = await scheduler().send(new GetScheduleCommand(input));
    return /^at\((.*)\)$/.exec(ScheduleExpression ?? "")?.[1];
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
const seconds = (at: number): string => new Date(at).toISOString().slice(0, 19);

test("at its end everything of a transfer is removed from both buckets and the table, except its header and links", async () => {
  const ws = await makeWorkspace();
  const { owner, id, link } = await makeTransfer(ws, 7, [{ email: "ana@example.org" }]);
  const [delivery] = await listDeliveries(owner, { id });
  await noteDownload(await ws.guest(delivery?.link ?? ""), { ordinal: 0, size: 5 });
  const { run, step } = db().entities;
  const wave = { workspaceId: ws.id, transferId: id, wave: 1 };
  const now = ws.clock.now();
  await run
    .create({
      ...wave,
      state: "running",
      ordinals: "0",
      files: 1,
      policy: "off",
      tries: 1,
      startedAt: now.toISOString(),
    })
    .go();
  await beginStep({ ...wave, state: "Check" }, now);

  assert.equal(await expireTransfer(ws.system, { transferId: id }), "not yet");
  assert.equal((await keysLeft(ws, id)).length, 2);
  ws.clock.advance(7 * DAY);
  assert.equal(await expireTransfer(ws.system, { transferId: id }), "purged");
  assert.equal(await expireTransfer(ws.system, { transferId: id }), "purged");

  assert.deepEqual(await keysLeft(ws, id), []);
  const { transfer, files } = await getTransfer(owner, { id });
  assert.deepEqual([transfer.state, transfer.purged, files.items], ["expired", true, []]);
  assert.deepEqual(await listDeliveries(owner, { id }), []);
  assert.deepEqual((await listActivity(owner, { id })).items, []);
  assert.equal((await run.query.inTransfer(wave).go()).data.length, 0);
  assert.equal((await step.query.inRun(wave).go()).data.length, 0);
  const forgetAt = Math.floor((ws.clock.now().getTime() + 30 * DAY) / 1000);
  assert.equal((await db().entities.transfer.get({ workspaceId: ws.id, id }).go()).data?.forgetAt, forgetAt);
  for (const one of [link, delivery?.link ?? ""]) {
    const { actor } = await ws.guest(one);
    assert.equal((await db().entities.link.get({ id: actor.linkId }).go()).data?.forgetAt, forgetAt);
  }
  await assert.rejects(extendTransfer(owner, { id, expiryDays: 7 }), code("TransferPurged"));
});

test("an extension at the last moment either succeeds or is refused as too late, never both and never neither", async () => {
  for (let round = 0; round < 6; round++) {
    const ws = await makeWorkspace();
    const { owner, id } = await makeTransfer(ws, 1);
    ws.clock.advance(DAY);
    const [expired, extended] = await Promise.all([
      expireTransfer(ws.system, { transferId: id }),
      extendTransfer(owner, { id, expiryDays: 7 }).then(
        () => "extended",
        (error: { code?: string }) => error.code,
      ),
    ]);
    const left = (await keysLeft(ws, id)).length;
    if (expired === "purged") assert.deepEqual([left, /^Transfer(Purged|Changed)$/.test(String(extended))], [0, true]);
    else assert.deepEqual([left, extended], [2, "extended"]);
  }
});

test("deadlines are scheduled once, moved by an extension, and deleted when there is nothing left to purge", async () => {
  const ws = await makeWorkspace();
  const { owner, id, createdAt } = await makeTransfer(ws, 7);
  const ref = { transferId: id };
  await Promise.all(
    [scheduleDeadlines(ws.system, ref), scheduleDeadlines(ws.system, ref)].map((one) => one.catch(() => undefined)),
  );
  await scheduleDeadlines(ws.system, ref);
  const end = Date.parse(createdAt) + 7 * DAY;
  assert.deepEqual([await scheduled(id, "warning"), await scheduled(id, "expiry")], [seconds(end - DAY), seconds(end)]);
  await extendTransfer(owner, { id, expiryDays: 30 });
  await scheduleDeadlines(ws.system, ref);
  assert.equal(await scheduled(id, "expiry"), seconds(Date.parse(createdAt) + 30 * DAY));
  ws.clock.advance(30 * DAY);
  assert.equal(await expireTransfer(ws.system, ref), "purged");
  await scheduleDeadlines(ws.system, ref);
  assert.equal(await scheduled(id, "expiry"), undefined);
});

test("recipients of a transfer that lives for a day or two are not warned", async () => {
  const ws = await makeWorkspace();
  const { id } = await makeTransfer(ws, 1);
  await scheduleDeadlines(ws.system, { transferId: id });
  assert.equal(await scheduled(id, "warning"), undefined);
  assert.ok(await scheduled(id, "expiry"));
});

test("the function of deadlines schedules again what was extended, and ignores unknown transfers", async () => {
  const ws = await makeWorkspace();
  const { id, createdAt } = await makeTransfer(ws, 7);
  for (const kind of ["warning", "expiry"]) await deadlines({ workspaceId: ws.id, transferId: id, kind });
  assert.equal(await scheduled(id, "expiry"), seconds(Date.parse(createdAt) + 7 * DAY));
  assert.equal((await keysLeft(ws, id)).length, 2);
  await deadlines({ workspaceId: ws.id, transferId: `tr_${"0".repeat(22)}`, kind: "expiry" });
  await assert.rejects(deadlines({ kind: "never" }));
});

test("after a transfer's row has gone, what a late step wrote is deleted; before that nothing is", async () => {
  const ws = await makeWorkspace();
  const { id } = await makeTransfer(ws);
  await purgeRemovedContent(ws.system, { transferId: id });
  assert.equal((await keysLeft(ws, id)).length, 2);
  await db().entities.transfer.delete({ workspaceId: ws.id, id }).go();
  await purgeRemovedContent(ws.system, { transferId: id });
  await purgeRemovedContent(ws.system, { transferId: id });
  assert.deepEqual(await keysLeft(ws, id), []);
});

const S = (members: Record<string, string>) =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name, { S: value }]));
let sequence = 0;
const change = (eventName: string, NewImage?: object, OldImage?: object) => ({
  eventName,
  dynamodb: {
    SequenceNumber: String(++sequence),
    ...(NewImage ? { NewImage } : {}),
    ...(OldImage ? { OldImage } : {}),
  },
});

test("changes in the table call what depends on them, once for each transfer", async () => {
  const ws = await makeWorkspace();
  const { id, createdAt } = await makeTransfer(ws, 7, [{ email: "carla@example.org" }]);
  const of = { __edb_e__: "transfer", workspaceId: ws.id, id, expiresAt: "2026" };
  const sealed = change("MODIFY", S({ ...of, state: "ready" }), S({ ...of, state: "uploading" }));
  await changes({ Records: [sealed, sealed] });
  assert.equal(await scheduled(id, "expiry"), seconds(Date.parse(createdAt) + 7 * DAY));
  assert.equal(mail.mailsTo("carla@example.org").length, 1);
  const gone = change("REMOVE", undefined, S({ ...of, state: "ready" }));
  await db().entities.transfer.delete({ workspaceId: ws.id, id }).go();
  await changes({ Records: [gone, gone] });
  assert.deepEqual(await keysLeft(ws, id), []);
});

test("a failure fails the batch only after the changes of other transfers are processed", async () => {
  const ws = await makeWorkspace();
  const [one, other] = [await makeTransfer(ws, 7, [{ email: "dan@example.org" }]), await makeTransfer(ws)];
  const waits = change(
    "INSERT",
    S({ __edb_e__: "delivery", workspaceId: ws.id, transferId: one.id, state: "waiting", round: "1" }),
  );
  const of = { __edb_e__: "transfer", workspaceId: ws.id, id: other.id };
  const extended = change(
    "MODIFY",
    S({ ...of, state: "ready", expiresAt: "2" }),
    S({ ...of, state: "ready", expiresAt: "1" }),
  );
  mail.limit(0);
  await assert.rejects(changes({ Records: [waits, extended] }), /1 transfers/);
  mail.limit(1000);
  assert.ok(await scheduled(other.id, "expiry"));
  await changes({ Records: [waits] });
  assert.equal(mail.mailsTo("dan@example.org").length, 1);
});
