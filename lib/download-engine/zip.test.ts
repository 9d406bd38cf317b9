import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { temporaryDirectory } from "#infra/local/testing/temporary.ts";
import { makeCrc32 } from "./checksums.ts";
import { writeZip, type ZipEntry, zipLength } from "./zip.ts";

const run = promisify(execFile);
const AT = Date.UTC(2026, 10, 24, 12, 34, 56);

/** What python's zipfile says of an archive: a CRC error, or name, size, date and flags of each entry. */
async function python(path: string, work = "z.testzip()"): Promise<string> {
  const program = `import zipfile,sys,json;z=zipfile.ZipFile(sys.argv[1]);print(json.dumps(${work}))`;
  return (await run("python3", ["-c", program, path], { maxBuffer: 64 * 1024 ** 2 })).stdout.trim();
}

async function hasProgram(test: TestContext, name: string, word: string): Promise<boolean> {
  const there = await run(name, [word]).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== "ENOENT",
  );
  if (!there) test.diagnostic(`${name} is not on this machine: left out`);
  return there;
}

async function write(path: string, entries: ZipEntry[], read: (index: number) => AsyncIterable<Uint8Array>) {
  const file = await open(path, "w");
  // An archive of many entries comes in chunks of a few bytes.
  let held: Uint8Array[] = [];
  let bytes = 0;
  const flush = async () => {
    await file.appendFile(Buffer.concat(held));
    held = [];
    bytes = 0;
  };
  for await (const chunk of writeZip(entries, read, await makeCrc32())) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes > 1024 ** 2) await flush();
  }
  await flush();
  await file.close();
  assert.equal((await stat(path)).size, zipLength(entries), "the length that was said beforehand");
}

async function* bytesOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

test("an archive is what unzip and python take it for: names, folders, bytes, dates", async (t) => {
  const folder = temporaryDirectory(t);
  const contents = ["", "hello", "x".repeat(100_000)].map((text) => Buffer.from(text));
  const names = ["empty", "Ordner/größe 日本.txt", "a/b/c/large.bin"];
  const entries = names.map((name, index) => ({ name, size: contents[index]?.length ?? 0, lastModified: AT }));
  const path = join(folder, "a.zip");
  await write(path, entries, (index) => bytesOf(contents[index] ?? Buffer.alloc(0)));
  assert.equal(await python(path), "null");
  const listed = JSON.parse(
    await python(path, "[[i.filename,i.file_size,i.CRC,i.flag_bits,i.external_attr>>16] for i in z.infolist()]"),
  );
  assert.deepEqual(
    listed,
    entries.map(({ name, size }, index) => [name, size, crc32(contents[index] ?? ""), size ? 0x808 : 0x800, 0o100644]),
  );
  if (await hasProgram(t, "unzip", "-v")) {
    await run("unzip", ["-tqq", path]);
    await run("unzip", ["-q", path, "-d", join(folder, "out")], {
      env: { ...process.env, LC_ALL: "C.UTF-8", TZ: "UTC" },
    });
    const out = await stat(join(folder, "out", names[1] ?? ""));
    assert.deepEqual([out.size, out.mtimeMs], [5, AT]);
  }
  if (await hasProgram(t, "bsdtar", "--version")) await run("bsdtar", ["-tf", path]);
});

test("seventy thousand entries are counted in zip64 and nothing else is", async (t) => {
  const path = join(temporaryDirectory(t), "many.zip");
  const entries = Array.from({ length: 70_000 }, (_, index) => ({
    name: `d${index % 100}/${index}.txt`,
    size: 3,
    lastModified: AT,
  }));
  await write(path, entries, () => bytesOf(Buffer.from("abc")));
  assert.equal(await python(path, "[len(z.infolist()), z.testzip()]"), "[70000, null]");
  if (await hasProgram(t, "unzip", "-v")) await run("unzip", ["-tqq", path]);
});

test("a file over 4 GiB, and one that lies beyond it, are read by unzip and python", async (t) => {
  const path = join(temporaryDirectory(t), "large.zip");
  const size = 4 * 1024 ** 3 + 12_345;
  const entries = ["large.bin", "after.txt"].map((name, index) => ({ name, size: index ? 5 : size, lastModified: AT }));
  const chunk = new Uint8Array(4 * 1024 ** 2);
  const headers: { at: number; bytes: Uint8Array }[] = [];
  let at = 0;
  async function* zeros(): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; left -= chunk.length) yield left < chunk.length ? chunk.subarray(0, left) : chunk;
  }
  const read = (index: number) => (index === 0 ? zeros() : bytesOf(Buffer.from("after")));
  // The zeros are left out of the file on disk, which is as long as if they were there.
  const file = await open(path, "w");
  for await (const bytes of writeZip(entries, read, await makeCrc32())) {
    if (bytes.buffer !== chunk.buffer) headers.push({ at, bytes });
    at += bytes.length;
  }
  for (const header of headers) await file.write(header.bytes, 0, header.bytes.length, header.at);
  await file.close();
  assert.equal(at, zipLength(entries));
  assert.equal(
    await python(path, "[[i.filename,i.file_size] for i in z.infolist()]"),
    `[["large.bin", ${size}], ["after.txt", 5]]`,
  );
  // One reads all of it, which takes a while; the other says how long it is, and reads what lies beyond.
  assert.equal(await python(path), "null");
  if (await hasProgram(t, "unzip", "-v")) {
    const { stdout } = await run("unzip", ["-lqq", path]);
    assert.match(stdout, new RegExp(`^ *${size} .* large\\.bin$`, "m"));
    await run("unzip", ["-tqq", path, "after.txt"]);
  }
});

test("lengths far beyond what a test can write are said exactly", () => {
  const TIB = 1024 ** 4;
  const entries = Array.from({ length: 100 }, (_, index) => ({
    name: `${index}`.padStart(2, "0"),
    size: TIB,
    lastModified: AT,
  }));
  const [local, after] = [30 + 2 + 9 + 20, 24];
  const central = 46 + 2 + 9 + 28;
  assert.equal(zipLength(entries), 100 * (TIB + local + after + central) - 8 + 56 + 20 + 22);
});

test("a source that brings more or less than its entry says ends the stream with an error", async () => {
  for (const text of ["abc", "abcde"]) {
    const entries = [{ name: "a", size: 4, lastModified: AT }];
    const crc = await makeCrc32();
    await assert.rejects(async () => {
      for await (const _ of writeZip(entries, () => bytesOf(Buffer.from(text)), crc));
    }, RangeError);
  }
});

test("dates before 1980 and after 2107 don't break an archive", async (t) => {
  const path = join(temporaryDirectory(t), "dates.zip");
  const times = [-1, 0, Date.UTC(2200, 1, 1), Number.NaN, AT];
  const entries = times.map((lastModified, index) => ({ name: `${index}`, size: 1, lastModified }));
  await write(path, entries, () => bytesOf(Buffer.from("x")));
  assert.equal(await python(path), "null");
});
