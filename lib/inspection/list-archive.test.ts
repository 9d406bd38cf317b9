import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ArchiveListing } from "./archive-listing.schema.ts";
import type { ArchiveLimits } from "./limits.ts";
import { listArchive } from "./list-archive.ts";
import type { ByteSource } from "./source.ts";
import { measure, unpreviewable } from "./testing/measure.ts";
import { memorySource, sparseSource } from "./testing/memory-source.ts";
import { sampleZip } from "./testing/samples.ts";
import { buildTar, tarHeader } from "./testing/tars.ts";
import { buildZip, zipEnd } from "./testing/zips.ts";

const TGZ = "application/x-compressed-tar";
const TAR = "application/x-tar";
const ZIP = "application/zip";

async function list(source: ByteSource | Uint8Array, type: string, limits: Partial<ArchiveLimits> = {}) {
  const made = await listArchive(source instanceof Uint8Array ? memorySource(source) : source, type, { limits });
  const [rendition] = made.renditions;
  assert.equal(rendition?.name, "entries.json");
  const listing = JSON.parse(new TextDecoder().decode(rendition.body)) as ArchiveListing;
  return { ...listing, facts: made.facts, notice: made.notice };
}

test("a zip is listed with its folders and sizes", async () => {
  assert.deepEqual(await list(sampleZip(), ZIP), {
    entries: [
      { path: "letters/", directory: true },
      { path: "letters/hazel.txt", size: 10 },
      { path: "nuts.csv", size: 20 },
    ],
    total: 3,
    truncated: false,
    facts: { entries: 3 },
    notice: undefined,
  });
});

test("names that would leave their folder are shown, and marked", async () => {
  const paths = ["../../etc/passwd", "/etc/passwd", "C:\\boot.ini", "a/../../b", "..\\x", "a..b/ok.txt", "ok\0.txt"];
  const { entries } = await list(buildZip(paths.map((path) => ({ path, data: "x" }))), ZIP);
  assert.deepEqual(
    entries.map(({ unsafe }) => unsafe ?? false),
    [true, true, true, true, true, false, true],
  );
  assert.equal(entries[0]?.path, "../../etc/passwd");
});

test("names in UTF-8 are read whether or not the archive says so, others by the old code", async () => {
  const { entries } = await list(
    buildZip([
      { path: "Grüße.txt", data: "x" },
      { path: Buffer.from("Grüße.txt"), data: "x" },
      { path: Buffer.from("Gr\x81\xe1e.txt", "latin1"), data: "x" },
    ]),
    ZIP,
  );
  assert.deepEqual(
    entries.map(({ path }) => path),
    ["Grüße.txt", "Grüße.txt", "Grüße.txt"],
  );
});

test("encrypted entries are marked", async () => {
  const { entries } = await list(buildZip([{ path: "secret.txt", data: "0123456789abcdef", encrypted: true }]), ZIP);
  assert.deepEqual(entries, [{ path: "secret.txt", size: 16, encrypted: true }]);
});

test("a zip in 64 bits is listed, in ranges also when it has 100 GiB", async () => {
  const zip = buildZip([{ path: "big.bin", data: "x", zip64: true }], { zip64: true });
  assert.equal((await list(zip, ZIP)).total, 1);

  const header = Buffer.alloc(46 + 7 + 20);
  header.writeUInt32LE(0x02014b50, 0);
  for (const at of [20, 24]) header.writeUInt32LE(0xffffffff, at);
  header.writeUInt16LE(7, 28);
  header.writeUInt16LE(20, 30);
  header.write("big.bin", 46);
  header.writeUInt16LE(1, 53);
  header.writeUInt16LE(16, 55);
  const size = 100 * 2 ** 30;
  for (const at of [57, 65]) header.writeBigUInt64LE(BigInt(size), at);
  const end = zipEnd(size, header.length, 1, true);
  const tail = Buffer.concat([header, end]);
  const large = sparseSource(size + tail.length, [{ at: size, bytes: tail }]);
  const found = await list(large, ZIP);
  assert.deepEqual(found.entries, [{ path: "big.bin", size }]);
});

test("a million entries cost a thousand", async () => {
  const one = Buffer.concat([Buffer.alloc(46), Buffer.from("name.txt")]);
  one.writeUInt32LE(0x02014b50, 0);
  one.writeUInt16LE(8, 28);
  const count = 1_000_000;
  const directory = Buffer.alloc(one.length * count);
  for (let index = 0; index < count; index++) directory.set(one, index * one.length);
  const source = memorySource(Buffer.concat([directory, zipEnd(0, directory.length, count, true)]));
  const { result, cpuMs, grownMib } = await measure(() => list(source, ZIP));
  assert.equal(result.total, count);
  assert.equal(result.entries.length, 1000);
  assert.equal(result.truncated, true);
  assert.ok(source.readBytes < 2 ** 20, `${source.readBytes} bytes were read`);
  assert.ok(cpuMs < 10_000 && grownMib < 100, `${cpuMs} ms, ${grownMib} MiB`);
});

test("bombs are named and not unpacked", async () => {
  const flat = buildZip([
    { path: "first.bin", data: new Uint8Array(1000) },
    ...Array.from({ length: 50 }, (_, index) => ({ path: `${index}.bin`, overlaps: true, claims: 2 ** 31 })),
  ]);
  assert.match((await list(flat, ZIP)).note ?? "", /^Entries of this archive share their bytes/);

  const ratio = buildZip([{ path: "zeros.bin", data: new Uint8Array(1e6), deflate: true, claims: 4e9 }]);
  const { note, notice } = await list(ratio, ZIP);
  assert.equal(note, "This archive claims to unpack to 4 GB, as zip bombs do. Don't unpack it.");
  assert.equal(notice, note);

  const nested = buildZip([{ path: "inner.zip", data: buildZip([{ path: "inner.zip", data: ratio }]) }]);
  assert.equal((await list(nested, ZIP)).total, 1);
});

test("a zip that states more entries than it has, or is damaged after some, is listed as far as it goes", async () => {
  const more = await list(buildZip([{ path: "a", data: "x" }], { claimed: 900 }), ZIP);
  assert.deepEqual(more.entries, [{ path: "a", size: 1 }]);
  assert.equal(more.note, "A part of this archive's directory is damaged.");
  assert.deepEqual(more.facts, {});
});

test("a tar is listed by its headers: what lies between is not read", async () => {
  const tar = await buildTar({
    "a.txt": "nuts",
    "folder/big.bin": new Uint8Array(3_000_000),
    [`${"n".repeat(300)}.txt`]: "",
  });
  const source = memorySource(tar);
  const { entries, total, facts } = await list(source, TAR);
  assert.deepEqual(entries.slice(0, 2), [
    { path: "a.txt", size: 4 },
    { path: "folder/big.bin", size: 3_000_000 },
  ]);
  assert.equal(entries[2]?.path.length, 304);
  assert.deepEqual([total, facts.entries], [3, 3]);
  assert.ok(source.readBytes < 600_000, `${source.readBytes} bytes were read`);

  const terabyte = 2 ** 40;
  const huge = sparseSource(terabyte + 2048, [
    { at: 0, bytes: tarHeader("film.mov", terabyte) },
    { at: terabyte + 512, bytes: tarHeader("after.txt", 0) },
  ]);
  assert.deepEqual((await list(huge, TAR)).entries, [
    { path: "film.mov", size: terabyte },
    { path: "after.txt", size: 0 },
  ]);
});

test("a compressed tar is listed as it is inflated", async () => {
  const tar = await buildTar({ "a.txt": "nuts", "grüße/b.bin": new Uint8Array(500_000) });
  const { entries, total } = await list(gzipSync(tar), TGZ);
  assert.deepEqual(entries, [
    { path: "a.txt", size: 4 },
    { path: "grüße/b.bin", size: 500_000 },
  ]);
  assert.equal(total, 2);
});

test("a compressed tar that is a bomb is stopped", async () => {
  const zeros = gzipSync(Buffer.concat([tarHeader("zeros.bin", 8 * 2 ** 30), Buffer.alloc(250 * 2 ** 20)]), {
    level: 9,
  });
  const { result, cpuMs, grownMib } = await measure(() => list(zeros, TGZ));
  assert.deepEqual(result.entries, [{ path: "zeros.bin", size: 8 * 2 ** 30 }]);
  assert.match(result.note ?? "", /^This archive unpacks to more than .* as zip bombs do/);
  assert.deepEqual(result.facts, {});
  assert.ok(cpuMs < 60_000 && grownMib < 150, `${cpuMs} ms, ${grownMib} MiB`);
});

test("a tar of more entries than are counted, and reads over the limit, end with a note", async () => {
  const headers = Buffer.concat(Array.from({ length: 60 }, (_, index) => tarHeader(`${index}.txt`, 0)));
  const counted = await list(headers, TAR, { counted: 50, listed: 10 });
  assert.deepEqual([counted.entries.length, counted.total, counted.truncated], [10, 50, true]);
  assert.equal(counted.note, "Only the beginning of this archive was read; there is more in it.");

  const long = gzipSync(Buffer.concat([tarHeader("random.bin", 0), headers, headers]), { level: 0 });
  await assert.rejects(list(long, TGZ, { readBytes: 1000 }), unpreviewable(/too large/));
});

test("a tar that is cut off is listed as far as it goes", async () => {
  const tar = await buildTar({ "a.txt": "nuts", "b.bin": new Uint8Array(5000) });
  const { entries, note, truncated } = await list(tar.subarray(0, 3000), TAR);
  assert.deepEqual(entries.length, 2);
  assert.equal(note, "This archive is damaged or incomplete after what is listed.");
  assert.equal(truncated, true);
  const half = gzipSync(tar);
  assert.equal((await list(half.subarray(0, half.length - 12), TGZ)).truncated, true);
});

test("one compressed file has its name and size", async () => {
  const named = Buffer.from(gzipSync("hazelnuts"));
  named[3] = 8;
  const gzip = Buffer.concat([named.subarray(0, 10), Buffer.from("nuts.txt\0"), named.subarray(10)]);
  assert.deepEqual((await list(gzip, "application/gzip")).entries, [{ path: "nuts.txt", size: 9 }]);
  assert.deepEqual((await list(gzipSync("x"), "application/gzip")).entries, [{ path: "content", size: 1 }]);
});

test("what can't be listed says so", async () => {
  const other = unpreviewable("The content of this kind of archive can't be listed.");
  for (const type of ["application/x-7z-compressed", "application/x-rar-compressed", "application/x-bzip2"]) {
    await assert.rejects(list(new Uint8Array(100), type), other);
  }
  const damaged = unpreviewable("This archive is damaged or incomplete; its content can't be listed.");
  for (const type of [ZIP, TAR, TGZ]) await assert.rejects(list(new Uint8Array(700).fill(7), type), damaged);
});

test("an abort ends it, and what the source throws is thrown", async () => {
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  const source = memorySource(sampleZip());
  await assert.rejects(listArchive(source, ZIP, { signal: controller.signal }), /enough/);
  const broken = { ...source, read: () => Promise.reject(new Error("S3 is away")) };
  await assert.rejects(listArchive(broken, ZIP), /^Error: S3 is away$/);
  for (const type of [TAR, TGZ]) await assert.rejects(listArchive(broken, type), /^Error: S3 is away$/);
});

test("a source that is silent is given up in time", async () => {
  const silent: ByteSource = {
    size: 1000,
    read: () => new Promise(() => setTimeout(() => undefined, 20_000).unref()),
    stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }),
  };
  for (const type of [ZIP, TAR, TGZ]) {
    await assert.rejects(list(silent, type, { seconds: 0.1 }), unpreviewable(/took too long/));
  }
});
