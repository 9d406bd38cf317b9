import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import type { Browser, Page } from "playwright";
import { requireEngines } from "#lib/testing/engines.ts";
import { crcOfBlob } from "./hash-blob.ts";
import { findChromium, launch, servePage } from "./testing/browser.ts";
import { type Rig, startRig } from "./testing/rig.ts";

const MIB = 1024 ** 2;
const program = findChromium();
const options = { skip: program ? false : "no Chromium on this machine" };

requireEngines();

type Stage = { rig: Rig; browser: Browser; url: string; stop(): Promise<void> };
let shared: Promise<Stage> | undefined;
after(async () => await (await shared)?.stop());

async function prepare(): Promise<Stage> {
  const rig = await startRig();
  const { url, server } = await servePage(rig.baseUrl);
  const browser = await launch(program ?? "");
  rig.way.allowOrigin = new URL(url).origin;
  return {
    rig,
    browser,
    url,
    async stop() {
      await browser.close();
      server.closeAllConnections();
      server.close();
      rig.stop();
    },
  };
}

/** A new page with an engine, and a new transfer. */
async function open(t: TestContext): Promise<{ rig: Rig; page: Page; transferId: string }> {
  shared ??= prepare();
  const { rig, browser, url } = await shared;
  const transferId = await rig.newTransfer();
  const page = await browser.newPage();
  t.after(() => page.close());
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  t.after(() => assert.deepEqual(problems, []));
  await page.goto(url);
  await page.waitForFunction(() => "page" in window);
  return { rig, page, transferId };
}

function expected(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index + 1, 2654435761);
  return new Uint8Array(words.buffer, 0, length);
}

async function assertArrived(rig: Rig, transferId: string, path: string, bytes: Uint8Array): Promise<void> {
  const row = (await rig.rows(transferId)).find((other) => other.path === path && other.state === "stored");
  assert.ok(row, `${path} is stored`);
  assert.ok(Buffer.from(await rig.read(row)).equals(bytes));
}

test("a browser sends large and small files, hashed in a worker, and shows the progress", options, async (t) => {
  const { rig, page, transferId } = await open(t);
  rig.way.judge = () => "slow";
  const seen = await page.evaluate(
    async ({ transferId, MIB }) => {
      const sent: number[] = [];
      window.engine.subscribe(() => sent.push(window.engine.getSnapshot().transfers[0]?.bytesSent ?? 0));
      const { seededFile } = window.page;
      window.engine.add(transferId, [
        seededFile("large", 21 * MIB + 5),
        seededFile("small", 1234),
        seededFile("empty", 0),
      ]);
      await window.engine.seal(transferId);
      return sent;
    },
    { transferId, MIB },
  );
  assert.equal(page.workers().length, 1, "hashing does not hold up the page");
  await assertArrived(rig, transferId, "large", expected(21 * MIB + 5));
  await assertArrived(rig, transferId, "small", expected(1234));
  await assertArrived(rig, transferId, "empty", expected(0));
  const partial = seen.filter((bytes) => bytes % MIB !== 0 && bytes < 21 * MIB);
  assert.ok(partial.length > 0, `progress within parts: ${seen.join(", ")}`);
});

test(
  "a read that is under way is no garbage: a file is hashed to its end whatever the collector does",
  options,
  async (t) => {
    const { page } = await open(t);
    const dir = await mkdtemp(join(tmpdir(), "collected-"));
    t.after(() => rm(dir, { recursive: true }));
    const bytes = expected(64 * MIB);
    await writeFile(join(dir, "file.bin"), bytes);
    await page.setInputFiles("#file", join(dir, "file.bin"));
    const hashed = page.evaluate(() => window.page.hashUnderCollection());
    assert.equal(await hashed, String(await crcOfBlob(new Blob([Buffer.from(bytes)]))));
  },
);

test("without a network files wait, and continue when the network is back", options, async (t) => {
  const { rig, page, transferId } = await open(t);
  rig.way.judge = ({ number }) => {
    if (number === 2) void page.context().setOffline(true);
    return number >= 2 ? "cut" : undefined;
  };
  await page.evaluate(
    ({ transferId, MIB }) =>
      void window.engine.add(transferId, [window.page.seededFile("large", 21 * MIB)], { sealWhenDone: true }),
    { transferId, MIB },
  );
  await page.waitForFunction(() => window.engine.getSnapshot().transfers[0]?.state === "waiting for network");
  rig.way.judge = () => undefined;
  await page.context().setOffline(false);
  await page.waitForFunction(() => window.engine.getSnapshot().transfers[0]?.state === "sealed");
  await assertArrived(rig, transferId, "large", expected(21 * MIB));
});

test("pausing in the browser lets running requests finish, and resuming continues", options, async (t) => {
  const { rig, page, transferId } = await open(t);
  rig.way.judge = () => "late";
  await page.evaluate(
    ({ transferId, MIB }) =>
      void window.engine.add(transferId, [window.page.seededFile("large", 100 * MIB)], { sealWhenDone: true }),
    { transferId, MIB },
  );
  await page.waitForFunction(() => (window.engine.getSnapshot().transfers[0]?.bytesSent ?? 0) > 0);
  await page.evaluate(() => window.engine.pause());
  await page.waitForFunction(() => window.engine.getSnapshot().transfers[0]?.state === "paused");
  await page.evaluate(() => window.engine.resume());
  await page.waitForFunction(() => window.engine.getSnapshot().transfers[0]?.state === "sealed");
  await assertArrived(rig, transferId, "large", expected(100 * MIB));
});

test(
  "a browser that hides changes of a file reads it to its end in the worker before it is completed",
  options,
  async (t) => {
    const { rig, page, transferId } = await open(t);
    await page.evaluate(
      async ({ transferId, MIB }) => {
        const engine = window.page.silentEngine();
        engine.add(transferId, [window.page.seededFile("large", 11 * MIB)]);
        await engine.seal(transferId);
      },
      { transferId, MIB },
    );
    await assertArrived(rig, transferId, "large", expected(11 * MIB));
  },
);

const CHANGES: Record<string, (file: string) => Promise<void>> = {
  grows: (file) => writeFile(file, expected(41 * MIB)),
  shrinks: (file) => writeFile(file, expected(39 * MIB)),
  vanishes: (file) => rm(file),
};

for (const [what, change] of Object.entries(CHANGES)) {
  test(`a file that ${what} on disk while it is sent fails as changed, not as a lost network`, options, async (t) => {
    const { rig, page, transferId } = await open(t);
    const dir = await mkdtemp(join(tmpdir(), "changing-"));
    t.after(() => rm(dir, { recursive: true }));
    const file = join(dir, "changing.bin");
    await writeFile(file, expected(40 * MIB));
    await page.setInputFiles("#file", file);
    rig.way.judge = ({ number }) => {
      if (number === 1) void change(file);
      return "cut";
    };
    await page.evaluate((transferId) => {
      window.engine.add(transferId, window.page.pickFromInput("file").files);
    }, transferId);
    await page.waitForFunction(() => window.engine.getSnapshot().transfers[0]?.state === "failed");
    const seen = await page.evaluate((transferId) => window.engine.listFiles(transferId)[0], transferId);
    assert.equal(seen?.error?.code, "FileChanged");
    assert.match(seen?.error?.message ?? "", /“changing.bin” was changed, moved or removed/);
  });
}

async function tree(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "tree-"));
  t.after(() => rm(dir, { recursive: true }));
  await mkdir(join(dir, "album/deep/er"), { recursive: true });
  await mkdir(join(dir, "album/nothing"));
  await mkdir(join(dir, "album/outer/inner"), { recursive: true });
  await writeFile(join(dir, "album/a.txt"), "a");
  await writeFile(join(dir, "album/deep/er/b.txt"), "b");
  for (let index = 0; index < 250; index++) await writeFile(join(dir, `album/deep/${index}.txt`), String(index));
  await writeFile(join(dir, "loose.txt"), "loose");
  return dir;
}

test("a dropped folder keeps its structure, with any number of files", options, async (t) => {
  const { page } = await open(t);
  const dir = await tree(t);
  const session = await page.context().newCDPSession(page);
  const files = [join(dir, "album"), join(dir, "loose.txt")];
  const box = await page.locator("#drop").boundingBox();
  assert.ok(box);
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", {
      type,
      x: box.x + 5,
      y: box.y + 5,
      data: { items: [], files, dragOperationsMask: 1 },
    });
  }
  const { paths, unreadable, emptyFolders } = await page.evaluate(async () => {
    const picked = await window.page.dropped;
    const { files, ...rest } = picked;
    return { paths: files.map((file) => file.path), ...rest };
  });
  assert.equal(paths.length, 253);
  for (const path of ["album/a.txt", "album/deep/er/b.txt", "album/deep/249.txt", "loose.txt"])
    assert.ok(paths.includes(path), path);
  assert.deepEqual(unreadable, []);
  assert.deepEqual(emptyFolders.sort(), ["album/nothing", "album/outer/inner"], "left out, and told");
});

test("a folder chosen in a dialog keeps its structure", options, async (t) => {
  const { page } = await open(t);
  await page.setInputFiles("#folder", join(await tree(t), "album"));
  const paths = await page.evaluate(() => window.page.pickFromInput("folder").files.map((file) => file.path));
  assert.equal(paths.length, 252);
  assert.ok(paths.includes("album/deep/er/b.txt"));
});

test("pasted text becomes a file, and a pasted picture stays a picture", options, async (t) => {
  const { page } = await open(t);
  const seen = await page.evaluate(async () => {
    const text = new DataTransfer();
    text.setData("text/plain", "søvn");
    const picture = new DataTransfer();
    picture.items.add(new File(["png"], "image.png", { type: "image/png" }));
    picture.setData("text/plain", "its caption");
    const [first, second] = [
      await window.page.pickFromDataTransfer(text),
      await window.page.pickFromDataTransfer(picture),
    ];
    const describe = ({ path, blob }: { path: string; blob: Blob }) => [path, blob.type, blob.size];
    return [first.files.map(describe), second.files.map(describe)];
  });
  assert.deepEqual(seen, [[["pasted.txt", "text/plain", 5]], [["image.png", "image/png", 3]]]);
});
