import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import { VisibleError } from "#lib/kernel/errors.ts";
import { Crc64 } from "#lib/upload-engine/crc64-lanes.ts";
import { crcToBase64 } from "#lib/upload-engine/crc64nvme.ts";
import { seededBytes } from "#lib/upload-engine/testing/seeded.ts";
import { type DownloadOptions, downloadFiles, downloadToStream, type RemoteFile } from "./download-files.ts";
import { nodeRuntime } from "./range-reader.ts";

const MIB = 1024 ** 2;
const DATE = Date.UTC(2026, 0, 2, 3, 4, 5);
const fast = { ...nodeRuntime, wait: (ms: number, signal?: AbortSignal) => nodeRuntime.wait(ms / 100, signal) };

type Request = { path: string; from: number; number: number };
/** `cut`: the answer ends in the middle. A number: this status instead. */
type Fault = "cut" | number | undefined;

const crcOf = (bytes: Uint8Array) => {
  const crc = new Crc64();
  crc.update(bytes);
  return crcToBase64(crc.digest());
};

/** A storage that answers ranges, and a folder to download into. */
async function start(t: TestContext, contents: Record<string, Uint8Array>) {
  const requests: Request[] = [];
  const storage = { judge: (_: Request): Fault => undefined, contents, requests, fresh: 0 };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "", "http://s3").pathname.slice(1));
    const [, from = "0", to = ""] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? [];
    const seen = { path, from: Number(from), number: requests.length + 1 };
    requests.push(seen);
    answer(response, storage.contents[path], { from: Number(from), to, fault: storage.judge(seen) });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "dormouse-get-test-"));
  t.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const files = Object.entries(contents).map(
    ([path, bytes]): RemoteFile => ({
      path,
      size: bytes.length,
      lastModified: DATE,
      async locate({ fresh }) {
        if (fresh) storage.fresh++;
        return { url: origin + encodeURIComponent(path), crc64: crcOf(bytes) };
      },
    }),
  );
  const get = (options: Partial<DownloadOptions> = {}) =>
    downloadFiles({ files, into: join(folder, "out"), runtime: fast, ...options });
  return { storage, files, get, out: join(folder, "out") };
}

function answer(
  response: ServerResponse,
  bytes: Uint8Array | undefined,
  { from, to, fault }: { from: number; to: string; fault: Fault },
): void {
  if (typeof fault === "number" || !bytes) return void response.writeHead(Number(fault ?? 404)).end();
  const part = bytes.subarray(from, to === "" ? bytes.length : Number(to) + 1);
  response.writeHead(to === "" ? 200 : 206, { "content-length": part.length, etag: `"${bytes.length}"` });
  if (fault === "cut") response.write(part.subarray(0, part.length / 2), () => response.destroy());
  else response.end(part);
}

function assertThere(out: string, contents: Record<string, Uint8Array>): void {
  for (const [path, bytes] of Object.entries(contents))
    assert.ok(readFileSync(join(out, path)).equals(bytes), `${path} came out as it went in`);
  const names = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.equal(names.length, Object.keys(contents).length, "nothing else is left");
}

const large = { "large.bin": seededBytes(1, 50 * MIB + 3) };
const some = { ...large, "a/empty": seededBytes(2, 0), "a/b/søvn.jpg": seededBytes(3, 70_000), z: seededBytes(4, 1) };

test("files are written with their folders and dates, and are not downloaded again", async (t) => {
  const { get, out, storage } = await start(t, some);
  let last = { bytes: 0, bytesTotal: -1, files: 0, filesTotal: 0 };
  const done = await get({ onProgress: (progress) => (last = progress) });
  assert.deepEqual(done.written.sort(), Object.keys(some).sort());
  assert.deepEqual([done.failed, done.renamed, done.same], [[], [], []]);
  assertThere(out, some);
  assert.equal(statSync(join(out, "z")).mtimeMs, DATE);
  assert.deepEqual(last, { bytes: last.bytesTotal, bytesTotal: 50 * MIB + 70_004, files: 4, filesTotal: 4 });
  const before = storage.requests.length;
  assert.equal((await get()).same.length, 4);
  assert.equal(storage.requests.length, before);
});

test("answers that are cut and refused are continued at the byte where they stopped", async (t) => {
  const { get, out, storage } = await start(t, some);
  storage.judge = ({ number }) => (number % 3 === 1 ? "cut" : number % 5 === 0 ? 503 : number === 3 ? 403 : undefined);
  assert.deepEqual((await get()).failed, []);
  assertThere(out, some);
  assert.equal(storage.fresh, 1, "the URL that was refused was renewed");
});

test("where a file is, is asked again while the server can't say it, and not when it refuses", async (t) => {
  const { get, files, out } = await start(t, { a: seededBytes(1, 10), b: seededBytes(2, 10) });
  const [a, b] = files;
  assert.ok(a && b);
  let asked = 0;
  const locate: RemoteFile["locate"] = (options) =>
    ++asked < 3 ? Promise.reject(new TypeError("fetch failed")) : a.locate(options);
  const refuse = () => Promise.reject(new VisibleError("TooManyDownloads", 409, "That is enough."));
  const { written, failed } = await get({
    files: [
      { ...a, locate },
      { ...b, locate: refuse },
    ],
  });
  assert.deepEqual([written, failed.map(({ code }) => code)], [["a"], ["TooManyDownloads"]]);
  assert.deepEqual(readdirSync(out), ["a"]);
});

test("an interrupted download goes on with the ranges that are missing", async (t) => {
  const { get, out, storage } = await start(t, large);
  const controller = new AbortController();
  storage.judge = ({ number }) => {
    if (number === 3) controller.abort(new Error("Interrupted."));
    return undefined;
  };
  await assert.rejects(get({ signal: controller.signal, connections: 1 }), { message: "Interrupted." });
  assert.deepEqual(readdirSync(out).sort(), ["large.bin.dormouse-part", "large.bin.dormouse-part.json"]);
  storage.requests.length = 0;
  storage.judge = () => undefined;
  assert.deepEqual((await get()).written, ["large.bin"]);
  assertThere(out, large);
  assert.deepEqual(storage.requests.map(({ from }) => from).sort(), [32 * MIB, 48 * MIB]);
});

test("of an unfinished file whose bytes were spoiled on the disk, that range is fetched again", async (t) => {
  const { get, out, storage } = await start(t, large);
  storage.judge = ({ number }) => (number === 4 ? 404 : undefined);
  assert.equal((await get({ connections: 1 })).failed[0]?.code, "FileBroken");
  const part = join(out, "large.bin.dormouse-part");
  const bytes = readFileSync(part);
  bytes[17 * MIB] = (bytes[17 * MIB] ?? 0) ^ 1;
  writeFileSync(part, bytes);
  storage.requests.length = 0;
  storage.judge = () => undefined;
  await get();
  assertThere(out, large);
  assert.deepEqual(storage.requests.map(({ from }) => from).sort(), [16 * MIB, 48 * MIB]);
});

test("a file whose checksum is wrong is not kept, and the others are", async (t) => {
  const { get, out, storage } = await start(t, { good: seededBytes(1, 1000), bad: seededBytes(2, 1000) });
  storage.contents = { ...storage.contents, bad: seededBytes(3, 1000) };
  const { written, failed } = await get();
  assert.deepEqual([written, failed.map(({ path, code }) => [path, code])], [["good"], [["bad", "FileBroken"]]]);
  assert.deepEqual(readdirSync(out), ["good"]);
});

test("a file that is there and differs is only replaced by force", async (t) => {
  const contents = { "a.txt": seededBytes(1, 1000), b: seededBytes(2, 10) };
  const { get, out } = await start(t, contents);
  mkdirSync(join(out, "b"), { recursive: true });
  writeFileSync(join(out, "a.txt"), seededBytes(9, 1000));
  const refused = await get();
  assert.deepEqual(refused.failed.map(({ path, code }) => `${path} ${code}`).sort(), [
    "a.txt FileExists",
    "b FileExists",
  ]);
  assert.ok(readFileSync(join(out, "a.txt")).equals(seededBytes(9, 1000)));
  const forced = await get({ force: true });
  assert.deepEqual([forced.written, forced.failed.map(({ path }) => path)], [["a.txt"], ["b"]], "but never a folder");
  assert.ok(readFileSync(join(out, "a.txt")).equals(contents["a.txt"]));
});

test("names stay inside the folder, and each is told that is another on the disk", async (t) => {
  const byte = seededBytes(1, 1);
  const paths = ["../../up", "/etc/passwd", "A.txt", "a.TXT", "what?.txt", "x.dormouse-part", "x"];
  const { get, out } = await start(t, Object.fromEntries(paths.map((path) => [path, byte])));
  const { renamed, written } = await get();
  assert.equal(written.length, paths.length);
  assert.deepEqual(Object.fromEntries(renamed.map(({ from, to }) => [from, to])), {
    "../../up": "up",
    "/etc/passwd": "etc/passwd",
    "a.TXT": "a (2).TXT",
    "what?.txt": "what_.txt",
    "x.dormouse-part": "x.dormouse-part_",
  });
  assert.ok(existsSync(join(out, "etc/passwd")) && !existsSync(join(out, "../../up")));
});

test("a file where a folder has to be fails what would be in it", async (t) => {
  const { get, out } = await start(t, { "a/b": seededBytes(1, 1), c: seededBytes(2, 1) });
  mkdirSync(out);
  writeFileSync(join(out, "a"), "");
  const { written, failed } = await get();
  assert.deepEqual([written, failed.map(({ path, code }) => `${path} ${code}`)], [["c"], ["a/b FileExists"]]);
});

test("one file goes to a stream in order", async (t) => {
  const { files, storage } = await start(t, large);
  storage.judge = ({ number }) => (number === 1 ? "cut" : undefined);
  const stream = new PassThrough();
  const received = stream.toArray();
  const [file] = files;
  assert.ok(file);
  await downloadToStream(file, stream, { runtime: fast });
  stream.end();
  assert.ok(Buffer.concat(await received).equals(large["large.bin"]));
});
