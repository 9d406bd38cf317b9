/** Which signatures a scan uses, and which age it reports: since ClamAV made them, not since they were fetched. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, type TestContext, test } from "node:test";
import { DeleteObjectsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { readDatabaseHeader } from "./database-header.ts";
import { presignSignatures } from "./presign-signatures.ts";
import { refreshSignatures } from "./refresh-signatures.ts";
import { listSignatures, provideSignatures } from "./signatures.ts";
import { TEST_SIGNATURES } from "./testing/samples.ts";

requireEngines();

const NOW = new Date("2026-11-27T12:00:00Z");
const HOUR = 3_600_000;

/** A database with a valid header only. */
function database(version: number, builtAt: Date, more: { seconds?: boolean; time?: string } = {}): Buffer {
  const { seconds = true, time = "27 Nov 2026 01-30 -0500" } = more;
  const fields = ["ClamAV-VDB", time, version, 2_000_000, 90, "0".repeat(32), "sig/na+ture", "raynman"];
  const header = [...fields, ...(seconds ? [builtAt.getTime() / 1000] : [])].join(":");
  return Buffer.concat([Buffer.from(header.padEnd(512)), Buffer.from("not a database")]);
}

function folder(t: TestContext, files: Record<string, Buffer> = {}): string {
  const path = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(path, name), bytes);
  return path;
}

const store = (Key: string, Body: Buffer) =>
  s3().send(new PutObjectCommand({ Bucket: resources.signatures, Key, Body }));

afterEach(async () => {
  const Objects = (await listSignatures()).map(({ name }) => ({ Key: name }));
  if (Objects.length > 0)
    await s3().send(new DeleteObjectsCommand({ Bucket: resources.signatures, Delete: { Objects } }));
});

const ago = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR);

async function given(t: TestContext, image: Record<string, Buffer>) {
  const databases = join(folder(t), "databases");
  const answer = await provideSignatures(databases, await presignSignatures(), NOW, undefined, folder(t, image));
  const version = (name: string) => readDatabaseHeader(join(databases, name))?.version;
  return { ...answer, version, databases };
}

test("a new deployment scans with the signatures of its image, and reports their age", async (t) => {
  const image = { "main.cvd": database(62, ago(9000)), "daily.cvd": database(27_400, ago(30 * 24)) };
  const { found, says, version } = await given(t, image);
  assert.deepEqual([found, version("main.cvd"), version("daily.cvd")], [true, 62, 27_400]);
  assert.equal(says, "Scanned with signatures that are 30 days old: newer ones could not be fetched.");
});

test("old signatures that were put into the bucket today are reported as old", async (t) => {
  await store("daily.cld", database(27_390, ago(6 * 24)));
  assert.match((await given(t, {})).says ?? "", /that are 6 days old: newer ones could not/);
});

for (const [hours, age] of [
  [2, "less than a day"],
  [30, "a day"],
  [80, "3 days"],
] as const) {
  test(`signatures of ${hours} hours ago are ${age} old, and never called the newest`, async (t) => {
    await store("daily.cvd", database(27_400, ago(hours)));
    assert.equal((await given(t, {})).says, `Scanned with signatures that are ${age} old.`);
  });
}

test("of each database the newer one of bucket and image is used, complete or incremental", async (t) => {
  await store("daily.cld", database(27_410, ago(1)));
  await store("bytecode.cvd", database(335, ago(900)));
  const { version, says } = await given(t, {
    "main.cvd": database(62, ago(9000)),
    "daily.cvd": database(27_400, ago(240)),
    "bytecode.cld": database(336, ago(100)),
    "freshclam.dat": Buffer.from("not for us"),
  });
  const names = ["main.cvd", "daily.cld", "bytecode.cld"];
  assert.deepEqual(names.map(version), [62, 27_410, 336]);
  assert.match(says ?? "", /less than a day old/);
});

test("without any signatures nothing is found", async (t) => {
  const before = process.env.DORMOUSE_TEST_SIGNATURES;
  delete process.env.DORMOUSE_TEST_SIGNATURES;
  t.after(() => {
    if (before !== undefined) process.env.DORMOUSE_TEST_SIGNATURES = before;
  });
  const { found, says } = await given(t, {});
  assert.deepEqual([found, says], [false, undefined]);
});

test("an update begins with the image's signatures, so that differences are enough, and the bucket has them afterwards", async (t) => {
  const image = folder(t, { "daily.cvd": database(27_400, ago(240)) });
  const mirror = createServer((_, response) => response.end(readFileSync(TEST_SIGNATURES)));
  await new Promise<void>((ready) => mirror.listen(0, "127.0.0.1", ready));
  t.after(() => mirror.close());
  const urls = [`http://127.0.0.1:${(mirror.address() as AddressInfo).port}/own.ndb`];
  const changed = await refreshSignatures({ urls }, undefined, image);
  assert.deepEqual(changed.sort(), ["daily.cvd", "own.ndb"]);
  assert.deepEqual(readFileSync(join(image, "daily.cvd")), database(27_400, ago(240)), "the image's own stay");
});

test("a header without seconds has a date as text; a file without a header has none", (t) => {
  const place = folder(t, {
    "daily.cvd": database(27_400, NOW, { seconds: false }),
    "main.cvd": database(62, NOW, { seconds: false, time: "never" }),
    "own.ndb": Buffer.from("Dormouse.Test:0:*:00\n"),
  });
  assert.deepEqual(readDatabaseHeader(join(place, "daily.cvd")), {
    version: 27_400,
    builtAt: new Date("2026-11-27T06:30:00Z"),
  });
  for (const name of ["main.cvd", "own.ndb"]) assert.equal(readDatabaseHeader(join(place, name)), undefined);
});
