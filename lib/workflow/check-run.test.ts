import assert from "node:assert/strict";
import { test } from "node:test";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { db } from "#lib/db/service.ts";
import { deleteFileObjects, keyOf } from "#lib/files/object.store.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { crc64 } from "#lib/testing/send.ts";
import { cancelFiles } from "#lib/uploads/cancel-files.ts";
import { checkRun } from "./check-run.ts";
import { BATCH_FILES } from "./run.schema.ts";
import { assertForWorkflowOnly, makeRun } from "./testing/make-run.ts";

requireEngines();

const text = (path: string, bytes = "A text.") => ({ path, bytes });
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);
const states = (files: { state: string }[]) => files.map(({ state }) => state);

test("every file gets its kind and its real type, and files of each kind that can be previewed get a batch", async () => {
  const { ws, step, files, run, said } = await makeRun([
    text("b.txt"),
    { path: "a.png", bytes: PNG },
    text("noise", "\u0000\u0001\u0002"),
    text("c.txt"),
  ]);
  const { ticket, ...plan } = await checkRun(ws.system, step("Check"));
  assert.equal(ticket.length, 43);
  assert.deepEqual(plan, {
    policy: "before",
    files: 4,
    batches: [
      { batch: 0, kind: "picture" },
      { batch: 1, kind: "text" },
    ],
  });
  assert.deepEqual((await run()).batches, [
    { kind: "picture", ordinals: "1" },
    { kind: "text", ordinals: "0,3" },
  ]);
  assert.deepEqual(
    (await files()).map(({ kind, detectedType, state, notice }) => [kind, detectedType, state, notice]),
    [
      ["text", "text/plain", "stored", undefined],
      ["picture", "image/png", "stored", undefined],
      ["other", "application/octet-stream", "stored", undefined],
      ["text", "text/plain", "stored", undefined],
    ],
  );
  const { outcome, done, total, message } = (await said("Check")) ?? {};
  assert.deepEqual([outcome, done, total, message], ["succeeded", 4, 4, undefined]);
});

test("only a file with another size, another checksum or no bytes fails", async () => {
  const { ws, step, file, files, said } = await makeRun([
    text("good.txt"),
    text("longer.txt", "As long"),
    text("other.txt", "abc"),
    text("gone.txt"),
  ]);
  const replace = async (ordinal: number, Body: string) => {
    const ChecksumCRC64NVME = await crc64(Buffer.from(Body));
    const Key = keyOf(await file(ordinal));
    await s3().send(new PutObjectCommand({ Bucket: resources.uploads, Key, Body, ChecksumCRC64NVME }));
  };
  await replace(1, "Longer than it was");
  await replace(2, "abd");
  await deleteFileObjects([await file(3)]);
  const plan = await checkRun(ws.system, step("Check"));
  assert.equal(plan.files, 1);
  assert.deepEqual(plan.batches, [{ batch: 0, kind: "text" }]);
  const [good, longer, other, gone] = await files();
  assert.deepEqual([good?.state, good?.notice], ["stored", undefined]);
  for (const one of [longer, other]) {
    assert.equal(one?.state, "failed");
    assert.match(one?.notice ?? "", /not what was sent: its size or checksum differs/);
  }
  assert.equal(gone?.state, "failed");
  assert.match(gone?.notice ?? "", /no longer in storage/);
  assert.equal((await said("Check"))?.message, "3 of 4 files are not what was sent.");
});

test("a file whose type does not match its name gets a notice, and continues", async () => {
  const { ws, step, file } = await makeRun([{ path: "report.pdf", bytes: PNG }]);
  assert.equal((await checkRun(ws.system, step("Check"))).files, 1);
  const { state, kind, notice } = await file(0);
  assert.deepEqual([state, kind], ["stored", "picture"]);
  assert.equal(notice, "This file is named as a PDF document, but it is a picture.");
});

test("another try plans the same batches, of at most a hundred files, and adds nothing twice", async () => {
  const wave = await makeRun([text("0.txt")]);
  const { ws, step, run } = wave;
  await wave.send(...Array.from({ length: BATCH_FILES + 5 }, (_, index) => text(`${index + 1}.txt`)));
  const ordinals = `0-${BATCH_FILES + 5}`;
  await db()
    .entities.run.patch({ workspaceId: ws.id, transferId: wave.id, wave: 1 })
    .set({ ordinals, files: BATCH_FILES + 6 })
    .go();
  const plan = await checkRun(ws.system, step("Check"));
  const { batches } = await run();
  assert.deepEqual(batches, [
    { kind: "text", ordinals: `0-${BATCH_FILES - 1}` },
    { kind: "text", ordinals: `${BATCH_FILES}-${BATCH_FILES + 5}` },
  ]);
  const before = await wave.files();
  assert.deepEqual(await checkRun(ws.system, step("Check")), plan);
  assert.deepEqual((await run()).batches, batches);
  assert.deepEqual(await wave.files(), before);
  assert.equal((await wave.said("Check"))?.attempts, 2);
});

test("files that were decided on or removed meanwhile stay as they are", async () => {
  const { ws, id, step, files } = await makeRun([text("a.txt"), text("b.txt"), text("c.txt")]);
  await cancelFiles(ws.as("owner"), { transferId: id, ordinals: [0] });
  await makeReady(ws.as("owner"), id, 1, { state: "infected" });
  assert.equal((await checkRun(ws.system, step("Check"))).files, 1);
  assert.deepEqual(states(await files()), ["cancelled", "infected", "stored"]);
});

test("a run without files has no batches", async () => {
  const { ws, id, step } = await makeRun([text("a.txt")]);
  await db().entities.run.patch({ workspaceId: ws.id, transferId: id, wave: 1 }).set({ ordinals: "", files: 0 }).go();
  const { ticket, ...plan } = await checkRun(ws.system, step("Check"));
  assert.ok(ticket);
  assert.deepEqual(plan, { policy: "before", batches: [], files: 0 });
});

test("only the workflow may check a run", async () => {
  const wave = await makeRun([text("a.txt")]);
  await assertForWorkflowOnly(wave, (ctx) => checkRun(ctx, wave.step("Check")));
  assert.equal(await wave.said("Check"), undefined);
});
