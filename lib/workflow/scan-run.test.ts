import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, type TestContext, test } from "node:test";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { updateFileRow } from "#lib/files/file.store.ts";
import { systemClock } from "#lib/kernel/clock.ts";
import { childrenNamed, killNamed } from "#lib/programs/testing/children.ts";
import { EICAR, makeZip, nestedZip, TEST_SIGNATURES, tgz, zip } from "#lib/scanning/testing/samples.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { MIB, seededBytes } from "#lib/testing/send.ts";
import { scanRun } from "./scan-run.ts";
import { unwatched } from "./task.ts";
import { makeWave } from "./testing/wave.ts";

requireEngines();
before(() => {
  process.env.DORMOUSE_TEST_SIGNATURES = TEST_SIGNATURES;
});

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function setVariable(t: TestContext, name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

test("the test virus is found in a file and in archives; clean files are clean, and have their SHA-256", async () => {
  const clean = seededBytes("clean", 3 * MIB);
  const wave = await makeWave([
    { path: "clean.bin", bytes: clean },
    { path: "eicar.com", bytes: EICAR },
    { path: "one.zip", bytes: await zip({ "eicar.com": EICAR }) },
    { path: "two.zip", bytes: await zip({ "inner.zip": await zip({ "a/eicar.com": EICAR }) }) },
    { path: "three.tgz", bytes: await tgz({ "eicar.com": EICAR }) },
    { path: "empty.txt", bytes: new Uint8Array() },
    { path: "clean.zip", bytes: await zip({ "clean.bin": clean }) },
    { path: "deep.zip", bytes: await nestedZip(25, EICAR) },
    { path: "vanished.txt", size: 5 },
    {
      path: "piped.zip",
      bytes: makeZip([{ name: "eicar.com", bytes: EICAR, method: 8, zip64: true, descriptor: true }]),
    },
    { path: "forced.zip", bytes: makeZip([{ name: "clean.bin", bytes: clean, zip64: true }]) },
    { path: "locked.zip", bytes: makeZip([{ name: "eicar.com", bytes: EICAR, encrypted: true }]) },
  ]);
  const summary = await scanRun(wave.client("Scan"));
  assert.deepEqual(summary, { clean: 4, infected: 6, unscannable: 1, unscanned: 0 });
  for (const ordinal of [0, 5, 6, 10]) {
    const { scan, state, notice } = await wave.file(ordinal);
    assert.deepEqual({ scan, state, notice }, { scan: "clean", state: "stored", notice: undefined });
  }
  assert.equal((await wave.file(0)).sha256, sha256(clean));
  assert.equal((await wave.file(1)).sha256, sha256(EICAR));
  for (const ordinal of [1, 2, 3, 4, 7, 9]) {
    const { scan, state, threat, notice } = await wave.file(ordinal);
    assert.deepEqual({ scan, state, threat }, { scan: "infected", state: "infected", threat: "Eicar-Test-Signature" });
    assert.equal(notice, "A virus was found in this file: Eicar-Test-Signature.");
  }
  const { state, notice } = await wave.file(8);
  assert.deepEqual({ state, notice }, { state: "failed", notice: "The bytes of this file are no longer in storage." });
  const parts = async (ordinal: number) => (await wave.file(ordinal)).scanInParts;
  assert.deepEqual([await parts(0), await parts(10)], [undefined, true]);
  assert.equal((await wave.file(10)).sha256?.length, 64);
  const locked = await wave.file(11);
  assert.deepEqual([locked.scan, locked.scanProblem, locked.state], ["unscannable", "encrypted", "stored"]);
  const step = await wave.step("Scan");
  assert.equal(step?.outcome, "succeeded");
  assert.equal(step?.message, "Scanned with test signatures alone.");
  assert.deepEqual([step?.done, step?.total], [12, 12]);
  assert.deepEqual(childrenNamed("clamd"), []);
});

test("300 small files, with the speed printed", async () => {
  const files = Array.from({ length: 300 }, (_, index) => ({
    path: `${index}.bin`,
    bytes: index === 77 ? EICAR : seededBytes(String(index), 4096 + index),
  }));
  const wave = await makeWave(files);
  const from = performance.now();
  const summary = await scanRun(wave.client("Scan"));
  const seconds = (performance.now() - from) / 1000;
  console.log(
    `300 small files in ${seconds.toFixed(2)} s, clamd's start included: ${(300 / seconds).toFixed(0)} a second`,
  );
  assert.deepEqual(summary, { clean: 299, infected: 1, unscannable: 0, unscanned: 0 });
});

test("a large file is streamed, with the speed printed", async () => {
  const block = seededBytes("block", MIB);
  const bytes = Buffer.concat(Array.from({ length: 96 }, () => block));
  const wave = await makeWave([{ path: "large.bin", bytes }]);
  const from = performance.now();
  await scanRun(wave.client("Scan"));
  const seconds = (performance.now() - from) / 1000;
  console.log(`96 MiB in ${seconds.toFixed(2)} s: ${(96 / seconds).toFixed(0)} MiB/s`);
  const row = await wave.file(0);
  assert.equal(row.scan, "clean");
  assert.equal(row.sha256, sha256(bytes));
});

test("a clamd that is killed during a scan is started again, and every file is scanned", async () => {
  const block = seededBytes("block", 8 * MIB);
  const files = Array.from({ length: 12 }, (_, index) => ({
    path: `${index}`,
    bytes: index === 5 ? EICAR : Buffer.concat([Buffer.from(`${index}`), block]),
  }));
  const wave = await makeWave(files);
  const { killed, stop } = killNamed("clamd", 2, 250);
  try {
    assert.deepEqual(await scanRun(wave.client("Scan")), {
      clean: 11,
      infected: 1,
      unscannable: 0,
      unscanned: 0,
    });
  } finally {
    stop();
  }
  assert.ok(killed.size > 0);
});

test("another try continues where the first ended", async () => {
  const wave = await makeWave([
    { path: "a", bytes: Buffer.from("a") },
    { path: "b", bytes: EICAR },
  ]);
  await scanRun(wave.client("Scan"));
  // If they were read again, their objects would be missing.
  const key = (ordinal: number) => `${wave.ref.workspaceId}/${wave.ref.transferId}/${ordinal}`;
  for (const ordinal of [0, 1]) {
    await s3().send(new DeleteObjectCommand({ Bucket: resources.uploads, Key: key(ordinal) }));
  }
  assert.deepEqual(await scanRun(wave.client("Scan")), { clean: 1, infected: 1, unscannable: 0, unscanned: 0 });
  assert.equal((await wave.step("Scan"))?.attempts, 2);
});

test("a file that is cancelled meanwhile stays cancelled", async () => {
  const wave = await makeWave([{ path: "b", bytes: EICAR }]);
  await updateFileRow(await wave.file(0), ["stored"], { state: "cancelled" });
  await scanRun(wave.client("Scan"));
  const { state, scan } = await wave.file(0);
  assert.deepEqual({ state, scan }, { state: "cancelled", scan: undefined });
});

test("without a scanner the step fails, or if the deployment allows it passes files unscanned; later they are scanned", async (t) => {
  const wave = await makeWave([{ path: "a", bytes: Buffer.from("a") }]);
  await t.test("none", async (t) => {
    setVariable(t, "CLAMD_PATH", "/nowhere/clamd");
    await assert.rejects(scanRun(wave.client("Scan")), /There is no virus scanner on this machine/);
    assert.equal((await wave.step("Scan"))?.outcome, "failed");
    setVariable(t, "DORMOUSE_UNSCANNED", "deliver");
    assert.equal((await scanRun(wave.client("Scan"))).unscanned, 1);
    assert.equal((await wave.file(0)).scan, "unscanned");
    const step = await wave.step("Scan");
    assert.equal(step?.outcome, "skipped");
    assert.match(step?.message ?? "", /install clamav/);
  });
  assert.equal((await scanRun(wave.client("Scan"))).clean, 1);
  assert.equal((await wave.file(0)).scan, "clean");
});

test("the signatures in the bucket are used, and their age is logged", async (t) => {
  const phrase = "a phrase that only this test's signature knows";
  const Body = `Dormouse.Test.Phrase:0:*:${Buffer.from(phrase).toString("hex")}\n`;
  await s3().send(new PutObjectCommand({ Bucket: resources.signatures, Key: "own.ndb", Body }));
  t.after(() => s3().send(new DeleteObjectCommand({ Bucket: resources.signatures, Key: "own.ndb" })));
  const wave = await makeWave([{ path: "a", bytes: Buffer.from(`… ${phrase} …`) }]);
  const now = () => new Date(systemClock.now().getTime() + 9 * 24 * 3600_000);
  assert.equal((await scanRun(wave.client("Scan"), unwatched, now)).infected, 1);
  assert.equal((await wave.file(0)).threat, "Dormouse.Test.Phrase");
  assert.equal(
    (await wave.step("Scan"))?.message,
    "Scanned with signatures that are 9 days old: newer ones could not be fetched.",
  );
});
