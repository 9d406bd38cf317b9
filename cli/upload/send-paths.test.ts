import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, type TestContext, test } from "node:test";
import { requireEngines } from "#lib/testing/engines.ts";
import { fastRuntime, type Rig, startRig } from "#lib/upload-engine/testing/rig.ts";
import { seededBytes } from "#lib/upload-engine/testing/seeded.ts";
import type { Job, Report } from "../testing/child.ts";
import { type SendOptions, sendPaths } from "./send-paths.ts";

const MIB = 1024 ** 2;

requireEngines();

let rig: Rig;
after(() => rig.stop());

/** A folder of its own with these files, and the options that send to the test's workspace. */
async function start(t: TestContext, files: Record<string, Uint8Array> = {}) {
  rig ??= await startRig();
  await rig.newTransfer();
  const folder = mkdtempSync(join(tmpdir(), "dormouse-send-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  const send = (paths: string[], options: Partial<SendOptions> = {}) =>
    sendPaths({
      paths: paths.map((path) => (path === "-" ? path : join(folder, path))),
      details: { title: "From a program" },
      apiUrl: rig.baseUrl,
      headers: () => ({ authorization: "Bearer key" }),
      state: join(folder, "state"),
      ...options,
      engine: { runtime: fastRuntime, ...options.engine },
    });
  return { folder, send };
}

async function assertArrived(id: string, files: Record<string, Uint8Array>): Promise<void> {
  const rows = (await rig.rows(id)).filter(({ state }) => state === "stored");
  assert.deepEqual(rows.map(({ path }) => path).sort(), Object.keys(files).sort());
  for (const row of rows) {
    const bytes = files[row.path];
    assert.ok(bytes && Buffer.from(await rig.read(row)).equals(bytes), `${row.path} came out as it went in`);
  }
  assert.equal((await rig.transfer(id)).state, "sealed");
}

test("files, folders and empty files arrive byte for byte", async (t) => {
  const files = {
    "notes.txt": seededBytes(1, 100),
    "shoot/empty": seededBytes(2, 0),
    "shoot/day 1/søvn.jpg": seededBytes(3, 300_000),
    "shoot/day 1/rushes.mov": seededBytes(4, 33 * MIB + 7),
  };
  const { send } = await start(t, files);
  const sent = await send(["notes.txt", "shoot"]);
  assert.deepEqual([sent.files, sent.resumed, sent.skipped], [4, false, []]);
  assert.equal(sent.transfer.title, "From a program");
  await assertArrived(sent.transfer.id, files);
});

test("links are followed where they are given, and not inside folders", async (t) => {
  const bytes = seededBytes(1, 10);
  const { folder, send } = await start(t, { "real.txt": bytes, "in/a.txt": bytes, "in/none/x": bytes });
  rmSync(join(folder, "in/none/x"));
  symlinkSync(join(folder, "real.txt"), join(folder, "given.txt"));
  symlinkSync(join(folder, "real.txt"), join(folder, "in/link.txt"));
  const sent = await send(["given.txt", "in"]);
  await assertArrived(sent.transfer.id, { "given.txt": bytes, "in/a.txt": bytes });
  const skipped = sent.skipped.map(({ path, message }) => `${path.slice(folder.length + 1)}: ${message}`);
  assert.deepEqual(skipped, [
    "in/link.txt: A link inside a folder is not followed.",
    "in/none: An empty folder is not sent.",
  ]);
});

test("the standard input is sent as a file, and nothing of it stays on the disk", async (t) => {
  const { send, folder } = await start(t);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const bytes = seededBytes(1, 7 * MIB + 3);
  const sent = await send(["-"], {
    stdin: Readable.from([bytes.subarray(0, 10), bytes.subarray(10)]),
    stdinName: "all.tar",
  });
  await assertArrived(sent.transfer.id, { "all.tar": bytes });
});

test("a path that is not there, a name that is no text, and nothing at all are refused before anything is sent", async (t) => {
  const { send, folder } = await start(t, { "good/a": seededBytes(1, 1) });
  await assert.rejects(send(["gone"]), { code: "FileNotFound", message: /gone” is not there/ });
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/good/`), Buffer.from([0x66, 0xff])]), "");
  await assert.rejects(send(["good"]), { code: "InvalidInput", message: /not valid UTF-8/ });
  mkdirSync(join(folder, "empty"));
  await assert.rejects(send(["empty"]), { code: "NothingToSend" });
  assert.equal(rig.app.count("begin"), 0);
});

const CHILD = join(import.meta.dirname, "../testing/child.ts");

/** Sends in a process of its own. */
function sendInChild(folder: string, paths: string[]) {
  const job: Job = {
    kind: "send",
    paths: paths.map((path) => join(folder, path)),
    apiUrl: rig.baseUrl,
    state: join(folder, "state"),
  };
  const child = spawn(process.execPath, [CHILD, JSON.stringify(job)], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  return {
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async report(): Promise<Report> {
      return JSON.parse((await child.stdout.toArray()).join(""));
    },
  };
}

const arrived = () => rig.way.puts.filter(({ status }) => status === 200).length;

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("Not in time.");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

test("after three processes were killed, the next one sends what was missing of 200 MB and of many small files", async (t) => {
  const small = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`all/small/${n}`, seededBytes(n, n * 100)]));
  const files = { ...small, "all/large.bin": seededBytes(7, 200e6) };
  const { folder } = await start(t, files);
  const stops = [8, 16, 24];
  for (const stop of stops) {
    const killed = sendInChild(folder, ["all"]);
    await until(() => arrived() >= stop);
    await killed.kill();
    await until(() => rig.way.underWay === 0);
  }
  const before = arrived();
  const { transferId = "", resumed, maxResidentMiB } = await sendInChild(folder, ["all"]).report();
  assert.equal(resumed, true);
  await assertArrived(transferId, files);
  const parts = Math.ceil(200e6 / (8 * MIB)) + 60;
  assert.ok(before < parts, "they were killed before the end");
  const again = arrived() - parts;
  assert.ok(again <= 6 * stops.length, `${again} parts were sent twice: at most one a connection each time`);
  t.diagnostic(`${again} of ${parts} parts were sent twice`);
  assert.ok(maxResidentMiB < 200, `${maxResidentMiB} MiB`);
  assert.deepEqual(globSync("state/uploads/*", { cwd: folder }), [], "the journal forgets what is sealed");
});

test("with a journal that was spoiled, the sending goes on by what S3 and the server know", async (t) => {
  const files = { "large.bin": seededBytes(7, 40 * MIB) };
  const { folder, send } = await start(t, files);
  const controller = new AbortController();
  rig.way.judge = ({ number }) => {
    if (number === 4) setTimeout(() => controller.abort(new Error("Interrupted.")), 300);
    return number > 3 ? "slow" : undefined;
  };
  await assert.rejects(send(["large.bin"], { signal: controller.signal }), { message: "Interrupted." });
  await until(() => rig.way.underWay === 0);
  rig.way.judge = () => undefined;
  const chunks = globSync("state/uploads/*/files-*.json", { cwd: folder });
  assert.equal(chunks.length, 1);
  for (const name of chunks) writeFileSync(join(folder, name), '{"files":[{"path"');
  const sent = await send(["large.bin"]);
  assert.equal(sent.resumed, true);
  await assertArrived(sent.transfer.id, files);
  assert.equal(rig.app.count("begin"), 1);
});

test("a journal that can't be read at all begins anew", async (t) => {
  const files = { a: seededBytes(1, 12 * MIB) };
  const { folder, send } = await start(t, files);
  const controller = new AbortController();
  rig.way.judge = () => {
    setTimeout(() => controller.abort(new Error("Interrupted.")), 250);
    return "slow";
  };
  await assert.rejects(send(["a"], { signal: controller.signal }), { message: "Interrupted." });
  for (const name of globSync("state/uploads/*/*", { cwd: folder })) writeFileSync(join(folder, name), "\0");
  rig.way.judge = () => undefined;
  const sent = await send(["a"]);
  assert.equal(sent.resumed, false);
  await assertArrived(sent.transfer.id, files);
});

test("a file that changes while it is sent fails, and says so", async (t) => {
  const { folder, send } = await start(t, { "a.bin": seededBytes(1, 30 * MIB), b: seededBytes(2, 10) });
  rig.way.judge = ({ number }) => {
    if (number === 1) appendFileSync(join(folder, "a.bin"), "more");
    return undefined;
  };
  await assert.rejects(send(["a.bin", "b"]), (error: { code: string; details: { files: Failed[] } }) => {
    const failed = error.details.files.map(({ path, code }) => `${path} ${code}`);
    assert.deepEqual([error.code, failed], ["FilesFailed", ["a.bin FileChanged"]]);
    return true;
  });
});

type Failed = { path: string; code: string };

test("two processes don't send the same at the same time", async (t) => {
  const { folder, send } = await start(t, { "a.bin": seededBytes(1, 30 * MIB) });
  rig.way.judge = () => "slow";
  const first = sendInChild(folder, ["a.bin"]);
  await until(() => rig.way.underWay > 0 && globSync("state/uploads/*/transfer.json", { cwd: folder }).length > 0);
  await assert.rejects(send(["a.bin"], { details: {} }), { code: "SentElsewhere" });
  await first.kill();
  rig.way.judge = () => undefined;
  const { resumed } = await send(["a.bin"], { details: {} });
  assert.equal(resumed, true, "the lock of a process that has ended is taken over");
});
