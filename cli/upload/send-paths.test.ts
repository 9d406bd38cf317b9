import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, type TestContext, test } from "node:test";
import { requireEngines } from "#lib/testing/engines.ts";
import { fastRuntime, type Rig, startRig } from "#lib/upload-engine/testing/rig.ts";
import { seededBytes } from "#lib/upload-engine/testing/seeded.ts";
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
