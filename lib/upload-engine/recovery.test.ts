import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import type { UploadEngine } from "./engine.ts";
import { type PutOutcome, type PutPart, type PutRequest, putByFetch } from "./put.ts";
import { MemoryJournal } from "./testing/memory-journal.ts";
import { type Rig, startRig } from "./testing/rig.ts";
import { seededBytes } from "./testing/seeded.ts";
import type { UploadSource } from "./upload-source.ts";

const MIB = 1024 ** 2;
const PARTS = 5;
const LARGE = seededBytes(7, (PARTS - 1) * 5 * MIB + 1000);
const DATE = Date.UTC(2026, 0, 1);

requireEngines();

let rig: Rig;
after(() => rig.stop());

const source = (path: string, bytes: Uint8Array<ArrayBuffer>, lastModified = DATE): UploadSource => ({
  path,
  blob: new Blob([bytes]),
  lastModified,
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("Not in time.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const view = (engine: UploadEngine) => engine.getSnapshot().transfers[0];
const stateIs = (engine: UploadEngine, state: string) => () => view(engine)?.state === state;

async function assertArrived(transferId: string, path: string, bytes: Uint8Array): Promise<void> {
  const row = (await rig.rows(transferId)).find((other) => other.path === path && other.state === "stored");
  assert.ok(row, `${path} is stored`);
  assert.ok(Buffer.from(await rig.read(row)).equals(bytes), `${path} came out as it went in`);
}

const untilAborted = ({ signal }: PutRequest): Promise<PutOutcome> =>
  new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve({ kind: "aborted", code: "", message: "", status: 0 }));
  });

/** An engine that is closed, like a tab, once S3 has `parts` parts of a large file. */
async function interrupt(
  t: TestContext,
  { parts = 3, journal = new MemoryJournal(), others = [] as UploadSource[] } = {},
): Promise<{ transferId: string; journal: MemoryJournal }> {
  rig ??= await startRig();
  const transferId = await rig.newTransfer();
  // No byte of later parts is sent, because bytes in flight may still arrive after a tab was closed.
  let begun = 0;
  const put: PutPart = (request) => (++begun > parts + others.length ? untilAborted(request) : putByFetch(request));
  const engine = rig.newEngine(t, { journal, concurrency: () => 1, put });
  engine.add(transferId, [...others, source("large.bin", LARGE)], { sealWhenDone: true, about: { title: "Mine" } });
  await until(() => journal.parts.length === parts);
  engine.close();
  rig.way.reset();
  rig.app.calls = [];
  return { transferId, journal };
}

/** The parts that S3 has accepted. */
const numbersSent = () =>
  rig.way.puts
    .filter(({ status }) => status === 200)
    .map(({ url }) => Number(url.searchParams.get("partNumber")))
    .sort();

test("an interrupted transfer is listed, continues with the file that is picked again, and sends no part twice", async (t) => {
  const { transferId, journal } = await interrupt(t, { others: [source("notes.txt", seededBytes(1, 100))] });
  const engine = rig.newEngine(t, { journal });
  const [unfinished] = await engine.listUnfinished();
  assert.deepEqual(unfinished?.about, { title: "Mine" });
  assert.equal(unfinished?.files, 2);
  assert.equal(unfinished?.elsewhere, false);

  await engine.reopen(transferId);
  await until(stateIs(engine, "missing"));
  assert.equal(view(engine)?.files.missing, 1);
  assert.equal(view(engine)?.files.ready, 1, "the small file had arrived");
  assert.deepEqual(await engine.supply(transferId, [source("elsewhere/large.bin", LARGE)]), {
    accepted: 1,
    refused: [],
  });
  await until(stateIs(engine, "sealed"));
  assert.deepEqual(numbersSent(), [4, 5]);
  await assertArrived(transferId, "large.bin", LARGE);
  await until(() => journal.transfers.size === 0);
  assert.deepEqual([journal.chunks, journal.parts], [[], []], "nothing of a finished transfer is kept");
});

test("a file that was removed meanwhile is neither missing nor sent again, here and on another device", async (t) => {
  for (const where of ["here", "another device"]) {
    const { transferId, journal } = await interrupt(t, { others: [source("wrong.txt", seededBytes(1, 100))] });
    await rig.remove(transferId, 0);
    const engine = rig.newEngine(t, { journal: where === "here" ? journal : new MemoryJournal() });
    await engine.reopen(transferId);
    await until(stateIs(engine, "missing"));
    assert.equal(view(engine)?.files.missing, 1, where);
    await engine.supply(transferId, [source("large.bin", LARGE)]);
    await until(stateIs(engine, "sealed"));
    assert.deepEqual(numbersSent(), [4, 5], where);
    engine.close();
  }
});

test("on another device the file is proved to be the same by S3's parts, and only the rest is sent", async (t) => {
  const { transferId } = await interrupt(t);
  const engine = rig.newEngine(t, { journal: new MemoryJournal() });
  await engine.reopen(transferId, { title: "From the other device" });
  await engine.supply(transferId, [source("large.bin", LARGE, DATE + 5000)]);
  await until(stateIs(engine, "sealed"));
  assert.deepEqual(numbersSent(), [4, 5]);
  await assertArrived(transferId, "large.bin", LARGE);
});

test("what has arrived is counted before a file is picked again, in this browser and on another device", async (t) => {
  for (const where of ["here", "another device"]) {
    const { transferId, journal } = await interrupt(t);
    const engine = rig.newEngine(t, { journal: where === "here" ? journal : new MemoryJournal() });
    await engine.reopen(transferId);
    await until(() => view(engine)?.bytesSent === 3 * 5 * MIB);
    assert.equal(view(engine)?.state, "missing", where);
    assert.equal(engine.listFiles(transferId)[0]?.sent, 3 * 5 * MIB);
    let [most, fellBack] = [0, 0];
    engine.subscribe(() => {
      const sent = view(engine)?.bytesSent ?? 0;
      if (sent < most) fellBack++;
      most = Math.max(most, sent);
    });
    await engine.supply(transferId, [source("large.bin", LARGE)]);
    await until(stateIs(engine, "sealed"));
    assert.equal(view(engine)?.bytesSent, LARGE.length);
    assert.deepEqual([most, fellBack], [LARGE.length, 0], "never more than there is, and never back");
    assert.deepEqual(numbersSent(), [4, 5]);
    engine.close();
  }
});

test("parts that S3 has lost meanwhile are not counted any more, and sent again", async (t) => {
  const { transferId, journal } = await interrupt(t);
  const { Uploads = [] } = await s3().send(new ListMultipartUploadsCommand({ Bucket: resources.uploads }));
  const upload = Uploads.find(({ Key = "" }) => Key.includes(transferId));
  assert.ok(upload?.Key && upload.UploadId);
  await s3().send(
    new AbortMultipartUploadCommand({ Bucket: resources.uploads, Key: upload.Key, UploadId: upload.UploadId }),
  );
  const engine = rig.newEngine(t, { journal });
  await engine.reopen(transferId);
  assert.equal(engine.listFiles(transferId)[0]?.sent, 3 * 5 * MIB);
  await engine.supply(transferId, [source("large.bin", LARGE)]);
  await until(stateIs(engine, "sealed"));
  assert.equal(view(engine)?.bytesSent, LARGE.length);
  await assertArrived(transferId, "large.bin", LARGE);
});

test("another file is refused: by its size, by its samples, and without a journal by its bytes", async (t) => {
  const { transferId, journal } = await interrupt(t);
  const engine = rig.newEngine(t, { journal });
  await engine.reopen(transferId);
  const other = LARGE.slice();
  other.fill(0, 0, 1000);
  const offered = await engine.supply(transferId, [
    source("large.bin", LARGE.slice(1)),
    source("large.bin", other),
    source("stranger.txt", seededBytes(1, 5)),
  ]);
  assert.equal(offered.accepted, 0);
  assert.match(offered.refused[0]?.message ?? "", /20,972,519 bytes; the one that was begun has 20,972,520/);
  assert.match(offered.refused[1]?.message ?? "", /same size .* other bytes/);
  assert.match(offered.refused[2]?.message ?? "", /not one of the files that are missing/);
  engine.close();

  const device = rig.newEngine(t, { journal: new MemoryJournal() });
  await device.reopen(transferId);
  await device.supply(transferId, [source("large.bin", other)]);
  await until(stateIs(device, "failed"));
  const [file] = device.listFiles(transferId);
  assert.equal(file?.error?.code, "OtherFile");
  device.retry(file?.id ?? "");
  await until(stateIs(device, "sealed"));
  await assertArrived(transferId, "large.bin", other);
});

test("another file of the same size and date is refused, also if the first one was hashed before it was sent", async (t) => {
  for (const way of ["begin", "add"] as const) {
    rig ??= await startRig();
    const own = await rig.newTransfer();
    const journal = new MemoryJournal();
    const first = rig.newEngine(t, { journal, concurrency: () => 1 });
    rig.way.judge = ({ number }) => (number > 2 ? "cut" : undefined);
    const sources = [source("large.bin", LARGE)];
    await first.prepare(sources);
    const { id } = way === "begin" ? await first.begin({}, sources) : { id: own };
    if (way === "add") first.add(id, sources);
    await until(() => journal.parts.length === 2);
    first.close();
    rig.way.reset();

    const engine = rig.newEngine(t, { journal });
    await engine.reopen(id);
    const { accepted, refused } = await engine.supply(id, [source("large.bin", seededBytes(78, LARGE.length))]);
    assert.deepEqual([accepted, refused.length], [0, 1], way);
    assert.match(refused[0]?.message ?? "", /other bytes/);
  }
});

test("if the tab was closed before samples were stored, all bytes are compared with S3's parts", async (t) => {
  const { transferId, journal } = await interrupt(t);
  for (const { files } of journal.chunks) for (const file of files) delete file.fingerprint;
  const engine = rig.newEngine(t, { journal });
  await engine.reopen(transferId);
  const other = LARGE.slice();
  other[7 * MIB] = (other[7 * MIB] ?? 0) ^ 1;
  await engine.supply(transferId, [source("large.bin", other)]);
  await until(stateIs(engine, "failed"));
  assert.equal(engine.listFiles(transferId)[0]?.error?.code, "OtherFile");
});

test("a file that was written again is compared with all of S3's parts, although its samples are the same", async (t) => {
  const { transferId, journal } = await interrupt(t);
  const other = LARGE.slice();
  other.fill(0, 100_000, 100_100);
  const engine = rig.newEngine(t, { journal });
  await engine.reopen(transferId);
  assert.equal((await engine.supply(transferId, [source("large.bin", other, DATE + 5000)])).accepted, 1);
  await until(stateIs(engine, "failed"));
  assert.equal(engine.listFiles(transferId)[0]?.error?.code, "OtherFile");
});

test("a part that only S3 has is proved, and one that only the journal has is sent again", async (t) => {
  const { transferId, journal } = await interrupt(t);
  journal.parts = journal.parts.filter(({ part }) => part !== 2);
  journal.parts.push({ transferId, file: 0, part: 4, crc: "0123456789abcdef" });
  const engine = rig.newEngine(t, { journal });
  await engine.reopen(transferId);
  await engine.supply(transferId, [source("large.bin", LARGE)]);
  await until(stateIs(engine, "sealed"));
  assert.deepEqual(numbersSent(), [4, 5]);
  await assertArrived(transferId, "large.bin", LARGE);
});

async function forgetUploads(): Promise<void> {
  const { Uploads = [] } = await s3().send(new ListMultipartUploadsCommand({ Bucket: resources.uploads }));
  for (const { Key, UploadId } of Uploads) {
    await s3().send(new AbortMultipartUploadCommand({ Bucket: resources.uploads, Key, UploadId }));
  }
}

test("an upload that S3 has aborted begins again by itself, after a reload and while it is being sent", async (t) => {
  const { transferId, journal } = await interrupt(t);
  await forgetUploads();
  const engine = rig.newEngine(t, { journal, concurrency: () => 1 });
  let forgotten = false;
  rig.way.judge = ({ number }) => {
    if (number === 3 && !forgotten) {
      forgotten = true;
      void forgetUploads();
      return "late";
    }
    return undefined;
  };
  await engine.reopen(transferId);
  await engine.supply(transferId, [source("large.bin", LARGE)]);
  await until(stateIs(engine, "sealed"));
  assert.ok(forgotten);
  assert.equal((await rig.rows(transferId)).length, 1, "it keeps its place in the transfer");
  await assertArrived(transferId, "large.bin", LARGE);
});

test("a completion whose answer was lost is detected, and nothing is sent again", async (t) => {
  rig ??= await startRig();
  const transferId = await rig.newTransfer();
  const journal = new MemoryJournal();
  const first = rig.newEngine(t, { journal });
  rig.app.judge = ({ name }) => (name === "complete" ? "lost" : undefined);
  first.add(transferId, [source("large.bin", LARGE)]);
  await until(() => rig.app.count("complete") > 0);
  await until(async () => (await rig.rows(transferId))[0]?.state === "stored");
  first.close();
  rig.app.judge = () => undefined;
  rig.way.reset();

  const engine = rig.newEngine(t, { journal });
  await engine.reopen(transferId);
  await engine.seal(transferId);
  assert.deepEqual(rig.way.puts, []);
});

test("after a completion that also sealed, whose answer was lost, there is nothing to continue", async (t) => {
  rig ??= await startRig();
  const transferId = await rig.newTransfer();
  const journal = new MemoryJournal();
  const first = rig.newEngine(t, { journal });
  rig.app.judge = ({ name }) => (name === "complete" ? "lost" : undefined);
  first.add(transferId, [source("large.bin", LARGE)], { sealWhenDone: true });
  await until(async () => (await rig.transfer(transferId)).state === "sealed");
  first.close();
  rig.app.judge = () => undefined;

  const engine = rig.newEngine(t, { journal });
  await assert.rejects(engine.reopen(transferId), { code: "TransferSealed" });
  await until(async () => (await engine.listUnfinished()).length === 0);
  await assertArrived(transferId, "large.bin", LARGE);
});

test("a tab that was closed before its files were reserved reserves them when it is opened again", async (t) => {
  rig ??= await startRig();
  const transferId = await rig.newTransfer();
  const journal = new MemoryJournal();
  // No request that is in flight when the tab is closed may reach the app afterwards.
  const unreachable = async (url: RequestInfo | URL, init?: RequestInit) =>
    String(url).endsWith("/reserve") ? new Response("", { status: 503 }) : fetch(url, init);
  const first = rig.newEngine(t, { journal, fetch: unreachable });
  first.add(transferId, [source("a.txt", seededBytes(1, 10)), source("b.txt", seededBytes(2, 20))], {
    sealWhenDone: true,
  });
  await until(() => journal.chunks.length === 1);
  first.close();

  const engine = rig.newEngine(t, { journal });
  await engine.reopen(transferId);
  assert.equal(view(engine)?.files.missing ?? 2, 2);
  await engine.supply(transferId, [source("b.txt", seededBytes(2, 20)), source("a.txt", seededBytes(1, 10))]);
  await until(stateIs(engine, "sealed"));
  await assertArrived(transferId, "a.txt", seededBytes(1, 10));
  await assertArrived(transferId, "b.txt", seededBytes(2, 20));
});

test("a missing file can be left out, and the transfer is completed without it", async (t) => {
  const { transferId, journal } = await interrupt(t, { others: [source("notes.txt", seededBytes(1, 100))] });
  const engine = rig.newEngine(t, { journal });
  await engine.reopen(transferId);
  const large = engine.listFiles(transferId).find(({ path }) => path === "large.bin");
  engine.cancelFile(large?.id ?? "");
  await until(stateIs(engine, "sealed"));
  assert.equal((await rig.keys(transferId)).length, 1);
});

test("a finished or deleted transfer can't be continued, and is not offered again", async (t) => {
  const { transferId, journal } = await interrupt(t);
  const engine = rig.newEngine(t, { journal });
  await engine.reopen(transferId);
  engine.cancelAll(transferId);
  await until(() => journal.transfers.size === 0);
  assert.deepEqual(await engine.listUnfinished(), []);

  const stale = await interrupt(t);
  rig.app.judge = ({ name }) => (name === "status" ? { status: 404, code: "TransferNotFound" } : undefined);
  const later = rig.newEngine(t, { journal: stale.journal });
  await assert.rejects(later.reopen(stale.transferId), { code: "TransferNotFound" });
  await until(() => stale.journal.transfers.size === 0);
});

test("a browser without storage sends all the same", async (t) => {
  rig ??= await startRig();
  const transferId = await rig.newTransfer();
  const journal = new MemoryJournal();
  journal.write = () => Promise.reject(new DOMException("Full.", "QuotaExceededError"));
  const engine = rig.newEngine(t, { journal });
  engine.add(transferId, [source("large.bin", LARGE)]);
  await engine.seal(transferId);
  await assertArrived(transferId, "large.bin", LARGE);
});
