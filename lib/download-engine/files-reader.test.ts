/** Reads files through the real verbs and the real local S3, over a connection with every kind of fault. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { temporaryDirectory } from "#infra/local/testing/temporary.ts";
import type { GrantDownloads, GrantsOutput } from "#lib/downloads/download.schema.ts";
import { grantDownloads } from "#lib/downloads/grant-downloads.ts";
import { getFileRow } from "#lib/files/file.store.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { type Planted, plantFiles } from "#lib/testing/plant.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { MIB, seededBytes } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { makeCrc64 } from "./checksums.ts";
import { FilesReader, type FilesReaderOptions } from "./files-reader.ts";
import { entriesOf } from "./list-files.ts";
import type { Runtime } from "./runtime.ts";
import { openStream, saveHeaders } from "./stream-job.ts";
import type { FromWorker } from "./stream-protocol.ts";
import { UnreliableLine } from "./testing/unreliable-line.ts";

requireEngines();

let line: UnreliableLine;

// After the engines are started, and before their first client is made.
beforeEach(async () => {
  if (!line) {
    line = new UnreliableLine(process.env.AWS_ENDPOINT_URL_S3 ?? "");
    process.env.AWS_ENDPOINT_URL_S3 = await line.listen();
  }
  line.reset();
});
after(() => line.close());

async function begin(files: Planted[], limit = 0) {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { id, link } = await createTransfer(owner, { downloadLimit: limit });
  await plantFiles(owner, id, files);
  const guest = await ws.guest(link);
  const calls: { input: GrantDownloads; output: GrantsOutput }[] = [];
  let now = 0;
  const waits: number[] = [];
  // The engine's calls to the app are answered here; those to S3 are sent.
  const runtime: Runtime = {
    async fetch(url, init) {
      if (url !== "/grants") return fetch(url, init);
      const input = JSON.parse(String(init?.body)) as GrantDownloads;
      const output = await grantDownloads(guest, input);
      calls.push({ input, output });
      return Response.json(output);
    },
    now: () => now + performance.now(),
    wait: async (ms) => {
      waits.push(ms);
      now += ms;
    },
    random: () => 0.5,
  };
  const entries = entriesOf(files.map(({ path, bytes }, ordinal) => ({ ordinal, path, size: bytes.length })));
  const open = async (options: Partial<FilesReaderOptions> = {}) =>
    new FilesReader(entries, { endpoint: "/grants", runtime, crc64: await makeCrc64(), reuse: true, ...options });
  const downloads = async (ordinal: number) => (await getFileRow({ workspaceId: ws.id, id }, ordinal)).downloads;
  return {
    owner,
    id,
    entries,
    runtime,
    calls,
    waits,
    open,
    downloads,
    skip: (ms: number) => {
      now += ms;
    },
  };
}

async function readAll(reader: FilesReader, entries: { ordinal: number; size: number }[]): Promise<Buffer[]> {
  const whole: Buffer[] = [];
  for (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of reader.read(entry)) chunks.push(Buffer.from(chunk));
    whole.push(Buffer.concat(chunks));
  }
  return whole;
}

const random = (size: number, seed = "s"): Planted => ({ path: `${seed}.bin`, bytes: seededBytes(seed, size) });
const SMALL_PIECES = { pieceBytes: MIB, windowBytes: 4 * MIB };

test("small and large files arrive in order, fetched in parallel, and each is counted once", async () => {
  const files = [
    random(10),
    random(5 * MIB + 3, "large"),
    random(0, "empty"),
    ...Array.from({ length: 60 }, (_, n) => random(1000 + n, `f${n}`)),
  ];
  const { open, entries, calls, downloads } = await begin(files);
  const got = await readAll(await open(SMALL_PIECES), entries);
  for (const [index, { bytes }] of files.entries()) assert.ok(got[index]?.equals(bytes), `file ${index}`);
  assert.ok(line.mostUnderWay > 1 && line.mostUnderWay <= 5, `${line.mostUnderWay} at a time`);
  assert.ok(calls.length <= 3, `${calls.length} calls for ${files.length} files`);
  assert.deepEqual([await downloads(0), await downloads(1), await downloads(62)], [1, 1, 1]);
  // An empty file needs no request, and no grant.
  assert.equal(await downloads(2), undefined);
});

test("cut, stalled and refused answers are continued at the byte where they stopped", async () => {
  const files = [random(6 * MIB + 1, "large"), ...Array.from({ length: 20 }, (_, n) => random(50_000, `s${n}`))];
  const { open, entries, downloads } = await begin(files, 1);
  const kinds = ["cut", "busy", "stall", "expired"] as const;
  line.judge = ({ number }) => (number % 2 ? kinds[(number >> 1) % 4] : undefined);
  const got = await readAll(await open({ ...SMALL_PIECES, stallMs: 300 }), entries);
  for (const [index, { bytes }] of files.entries()) assert.ok(got[index]?.equals(bytes), `file ${index}`);
  // Signing again counts nothing: the limit is one.
  assert.equal(await downloads(0), 1);
  const resumed = line.gets.filter(({ ordinal, range }) => ordinal > 0 && range !== undefined);
  assert.ok(
    resumed.length > 0 && resumed.every(({ range }) => !range?.startsWith("bytes=0-")),
    "small files go on, too",
  );
});

test("an expired URL is signed again before it is used, together with others", async () => {
  const files = Array.from({ length: 12 }, (_, n) => random(200_000, `s${n}`));
  const { open, entries, calls, skip, downloads } = await begin(files);
  const reader = await open({ connections: 1, windowBytes: 1 });
  for (const [index, entry] of entries.entries()) {
    for await (const _ of reader.read(entry));
    if (index === 4) skip(3600_000);
  }
  assert.equal(calls.length, 2);
  assert.ok((calls[1]?.input.files.length ?? 0) > 1 && calls[1]?.input.files.every(({ grant }) => grant));
  assert.equal(await downloads(11), 1);
});

test("a file that was changed in transit is never accepted", async () => {
  const { open, entries } = await begin([random(300_000, "a"), random(300_000, "b")]);
  line.judge = ({ ordinal }) => (ordinal === 1 ? "corrupt" : undefined);
  await assert.rejects(readAll(await open(), entries), { code: "FileBroken", message: /checksums differ/ });
});

test("a file that is gone, or was blocked meanwhile, ends the download with a sentence", async () => {
  const gone = await begin([random(1000, "a"), random(1000, "b")]);
  line.judge = ({ ordinal }) => (ordinal === 1 ? "gone" : undefined);
  await assert.rejects(readAll(await gone.open(), gone.entries), { code: "FileBroken" });
  line.reset();
  const blocked = await begin([random(1000, "a"), random(1000, "b")]);
  await makeReady(blocked.owner, blocked.id, 1, { state: "infected" });
  await assert.rejects(readAll(await blocked.open(), blocked.entries), { code: "FileBlocked", message: /virus/ });
});

test("a dead connection is given up after ten minutes, and not before", async () => {
  const { open, entries, waits } = await begin([random(1000)]);
  line.judge = () => "busy";
  await assert.rejects(readAll(await open(), entries), { code: "DownloadLost" });
  const waited = waits.reduce((sum, ms) => sum + ms, 0);
  assert.ok(waited > 600_000 && waited < 640_000, `${waited} ms`);
});

test("a slow reader never has more than the window in memory", async () => {
  const { open, entries } = await begin([random(12 * MIB, "large")]);
  const reader = await open({ pieceBytes: MIB, windowBytes: 3 * MIB, connections: 5 });
  const chunks = reader.read(entries[0] ?? { ordinal: 0, size: 0 });
  await chunks.next();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(line.gets.length <= 4, `${line.gets.length} pieces were asked for`);
  await chunks.return(undefined);
});

async function stream(rig: Awaited<ReturnType<typeof begin>>, kind: "zip" | "file") {
  const said: FromWorker[] = [];
  const job = { id: "x", kind, name: "all.zip", endpoint: "/grants", entries: rig.entries };
  const { body, total, cancel } = await openStream(job, rig.runtime, (message) => said.push(message));
  return { said, total, cancel, answer: new Response(body, { headers: saveHeaders(job.name, total) }) };
}

test("a stream is a zip of the announced length, or the single file, and reports its progress", async (t) => {
  const files = [
    random(3 * MIB, "large"),
    random(0, "empty"),
    ...Array.from({ length: 30 }, (_, n) => random(900, `s${n}`)),
  ];
  const zip = await stream(await begin(files), "zip");
  const bytes = Buffer.from(await zip.answer.arrayBuffer());
  assert.equal(bytes.length, zip.total);
  assert.deepEqual(zip.said.at(-1), { type: "done", bytes: zip.total });
  const path = join(temporaryDirectory(t), "a.zip");
  writeFileSync(path, bytes);
  const program = "import zipfile,sys;z=zipfile.ZipFile(sys.argv[1]);print(z.testzip(),len(z.namelist()))";
  assert.equal(execFileSync("python3", ["-c", program, path], { encoding: "utf8" }).trim(), "None 32");
  const [file] = files;
  const whole = await stream(await begin(file ? [file] : []), "file");
  assert.ok(Buffer.from(await whole.answer.arrayBuffer()).equals(file?.bytes ?? Buffer.alloc(0)));
});

test("a stream that fails ends with an error and a reason, and never looks complete", async () => {
  const rig = await begin([random(1000, "a"), random(1000, "b")]);
  line.judge = ({ ordinal }) => (ordinal === 1 ? "corrupt" : undefined);
  const { said, answer } = await stream(rig, "zip");
  await assert.rejects(answer.arrayBuffer());
  const last = said.at(-1);
  assert.ok(last?.type === "failed" && last.error.code === "FileBroken", JSON.stringify(last));
  line.reset();
  const cancelled = await stream(await begin([random(5 * MIB, "c")]), "zip");
  const reader = cancelled.answer.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  assert.deepEqual(cancelled.said.at(-1), { type: "cancelled" });
});
