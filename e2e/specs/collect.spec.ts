/** What a recipient has: previews, all files as one zip made in the browser, downloads that go on, an exact limit. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Page } from "playwright/test";
import sharp from "sharp";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import { getFileRow } from "#lib/files/file.store.ts";
import { renditionKeyOf } from "#lib/files/object.store.ts";
import { type Planted, plantFiles } from "#lib/testing/plant.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { MIB, seededBytes } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import type { TestWorkspace } from "#lib/testing/workspace.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { editTransfer } from "#lib/transfers/edit-transfer.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible } from "../page-checks.ts";

const AT = Date.UTC(2026, 5, 1, 12);

async function plant(workspace: TestWorkspace, files: Planted[], { title = "Hazel harvest", limit = 0 } = {}) {
  const owner = workspace.as("owner");
  const transfer = await createTransfer(owner, { title, downloadLimit: limit });
  await plantFiles(owner, transfer.id, files);
  return { owner, ...transfer };
}

type Made = { name: string; type: string; body: Uint8Array | string; width?: number; height?: number };

/** Puts renditions where the workflow would. */
async function render(workspace: TestWorkspace, id: string, ordinal: number, made: Made[]) {
  const key = { workspaceId: workspace.id, transferId: id, ordinal };
  for (const { name, type, body } of made) {
    const Key = renditionKeyOf(key, name);
    await s3().send(new PutObjectCommand({ Bucket: resources.derived, Key, Body: body, ContentType: type }));
  }
  return made.map(({ name, type, body, width, height }) => {
    const size = width && height ? { width, height } : {};
    return { name, type, bytes: body.length, ...size };
  });
}

/** A picture of hills by night, the same for one hue. */
async function picture(hue: number, width: number, height: number, name: string): Promise<Made> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 107" width="${width}" height="${height}">
    <defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="hsl(${hue} 45% 22%)"/>
    <stop offset="1" stop-color="hsl(${hue + 30} 60% 66%)"/></linearGradient></defs><rect width="160" height="107" fill="url(#s)"/>
    <circle cx="${30 + (hue % 90)}" cy="28" r="9" fill="hsl(${hue + 40} 70% 88%)"/>
    <path d="M0 78 Q40 48 80 74 T160 62 V107 H0Z" fill="hsl(${hue} 35% 26%)"/>
    <path d="M0 92 Q50 70 96 88 T160 82 V107 H0Z" fill="hsl(${hue} 35% 16%)"/></svg>`;
  return { name, type: "image/webp", body: await sharp(Buffer.from(svg)).webp().toBuffer(), width, height };
}

const pictures = async (hue: number): Promise<Made[]> => [
  await picture(hue, 320, 214, "thumb.webp"),
  await picture(hue, 1600, 1070, "view.webp"),
];

async function makeGallery(workspace: TestWorkspace) {
  const names = [
    "Pictures/dusk.jpg",
    "Pictures/moon.jpg",
    "Pictures/night.jpg",
    "Contract.pdf",
    "Notes.txt",
    "Archive.zip",
    "Invoice.exe",
    "Field recording.wav",
    "Dailies.mov",
  ];
  const files = names.map((path, index) => ({
    path,
    bytes: seededBytes(path, 20_000 * (index + 1)),
    lastModified: AT,
  }));
  const gallery = await plant(workspace, files);
  const { owner, id } = gallery;
  for (const [ordinal, hue] of [215, 190, 250].entries()) {
    const renditions = await render(workspace, id, ordinal, await pictures(hue));
    await makeReady(owner, id, ordinal, { kind: "picture", renditions, facts: { width: 6000, height: 4012 } });
  }
  const words = "Between the parties it is agreed that hazelnuts are shared in equal parts.\n".repeat(20);
  const pdf = await render(workspace, id, 3, [
    await picture(35, 320, 214, "thumb.webp"),
    await picture(35, 1131, 1600, "page-1.webp"),
    { name: "text.txt", type: "text/plain", body: words },
  ]);
  await makeReady(owner, id, 3, { kind: "document", renditions: pdf, facts: { pages: 12 } });
  const hostile = `<script>document.title = "owned"</script>\n${words}`;
  const text = await render(workspace, id, 4, [{ name: "text.txt", type: "text/plain", body: hostile }]);
  await makeReady(owner, id, 4, { kind: "text", renditions: text });
  const listed = JSON.stringify([
    { path: "a/b.txt", size: 1234 },
    { path: "<img src=x>", size: 0 },
  ]);
  const entries = await render(workspace, id, 5, [{ name: "entries.json", type: "application/json", body: listed }]);
  await makeReady(owner, id, 5, { kind: "archive", renditions: entries, facts: { entries: 2 } });
  await makeReady(owner, id, 6, {
    kind: "other",
    state: "infected",
    notice: "Win.Test.EICAR was found",
    threat: "EICAR",
  });
  await makeReady(owner, id, 7, { kind: "audio", facts: { seconds: 187 } });
  await makeReady(owner, id, 8, { kind: "video", state: "stored" });
  return { ...gallery, files };
}

function listen(page: Page): string[] {
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  return said;
}

/** Names, sizes and SHA-256 of what is in a zip, and that every checksum holds. */
function readZip(path: string): Record<string, string> {
  const program = `import zipfile,sys,json,hashlib
z=zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps({i.filename: hashlib.sha256(z.read(i)).hexdigest() for i in z.infolist()}))`;
  return JSON.parse(execFileSync("python3", ["-c", program, path], { encoding: "utf8" }));
}

const panel = (page: Page) => page.getByRole("region", { name: "Download", exact: true });
const downloadAll = (page: Page) => page.getByRole("button", { name: "Download all" });

test("every kind of file is looked at in the viewer, by keys, buttons and fingers, and nothing runs that was sent", async ({
  browser,
  workspace,
  baseURL,
}, info) => {
  const { link } = await makeGallery(workspace);
  const context = await browser.newContext({
    hasTouch: true,
    viewport: { width: 1280, height: 800 },
    ...(baseURL ? { baseURL } : {}),
  });
  const page = await context.newPage();
  const said = listen(page);
  const scripts: string[] = [];
  page.on("request", (request) => {
    if (request.resourceType() === "script") scripts.push(request.url());
  });
  await page.goto(link);
  await expect(page.getByText("A virus was found in this file; it can't be downloaded.")).toBeVisible();
  await expect(page.getByText("being checked", { exact: true })).toBeVisible();
  await expect(page.locator("body")).not.toContainText("EICAR");
  const thumbnail = page.locator('img[src$="/0/preview/thumb.webp"]');
  await expect.poll(() => thumbnail.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(320);
  await expectAccessible(page, "the page by day");
  await page.screenshot({ path: info.outputPath("page-wide.png") });

  const before = scripts.length;
  await page.getByRole("link", { name: "View dusk.jpg" }).click();
  const dialog = page.getByRole("dialog", { name: "dusk.jpg" });
  await expect(dialog).toBeVisible();
  expect(scripts.length, "the viewer is loaded on the first look").toBeGreaterThan(before);
  await expect(dialog.getByText("1 of 6", { exact: true })).toBeVisible();
  await expect(dialog.getByText("6,000 × 4,012")).toBeVisible();
  await expect
    .poll(() => page.locator("dialog img").evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBe(1600);
  await expectAccessible(page, "the viewer by day");
  await page.screenshot({ path: info.outputPath("viewer-wide.png") });

  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("dialog", { name: "moon.jpg" })).toBeVisible();
  await expect(page.locator("dialog [aria-live]")).toHaveText("moon.jpg, 2 of 6");
  const next = page.getByRole("button", { name: "Next file" });
  await next.click();
  await expect(page.getByRole("dialog", { name: "night.jpg" })).toBeVisible();
  await next.press("Enter");
  await expect(page.getByRole("dialog", { name: "Archive.zip" })).toBeVisible();
  await expect(page.locator("dialog").getByText("<img src=x>")).toBeVisible();
  await next.press("Enter");
  await expect(page.getByRole("dialog", { name: "Contract.pdf" })).toBeVisible();
  await expect(page.getByText("hazelnuts are shared").first()).toBeVisible();
  await expect(page.locator("dialog").getByText("12 pages")).toBeVisible();
  await expectAccessible(page, "a document in the viewer");
  await page.screenshot({ path: info.outputPath("viewer-document.png") });
  await next.press("Enter");
  await expect(page.getByRole("dialog", { name: "Notes.txt" })).toBeVisible();
  await expect(page.getByText('<script>document.title = "owned"</script>')).toBeVisible();
  await next.press("Enter");
  await expect(page.getByRole("dialog", { name: "Notes.txt" })).toBeVisible();
  await expect(next, "the last file keeps the focus where it is").toBeFocused();
  await swipe(page, 200, 700);
  await expect(page.getByRole("dialog", { name: "Contract.pdf" })).toBeVisible();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByRole("dialog", { name: "night.jpg" })).toBeVisible();
  await swipe(page, 300, 900);
  await expect(page.getByRole("dialog", { name: "moon.jpg" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator("dialog")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "View moon.jpg" })).toBeFocused();
  expect(await page.title()).not.toBe("owned");

  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  await page.setViewportSize({ width: 375, height: 740 });
  await expectAccessible(page, "the page by night");
  await page.screenshot({ path: info.outputPath("page-narrow-dark.png"), fullPage: true });
  await page.getByRole("link", { name: "View moon.jpg" }).click();
  await expect
    .poll(() => page.locator("dialog img").evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBe(1600);
  await expectAccessible(page, "the viewer by night");
  await page.screenshot({ path: info.outputPath("viewer-narrow-dark.png") });
  const here = page.url();
  await page.goBack();
  await expect(page.locator("dialog")).toHaveCount(0);
  expect(page.url(), "Back has closed the viewer and not left the page").toBe(here);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(over).toBeLessThanOrEqual(0);
  expect(said).toEqual([]);
  await context.close();
});

/** One finger, sideways. */
async function swipe(page: Page, from: number, to: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const at = (x: number) => ({ touchPoints: [{ x, y: 400 }] });
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", ...at(from) });
  await session.send("Input.dispatchTouchEvent", { type: "touchMove", ...at((from + to) / 2) });
  await session.send("Input.dispatchTouchEvent", { type: "touchMove", ...at(to) });
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await session.detach();
}

test("members look at their files, also while they are checked, and their downloads are not counted", async ({
  page,
  signIn,
  workspace,
}) => {
  const { id, owner } = await makeGallery(workspace);
  await signIn(page.context());
  await page.goto(`/transfers/${id}`);
  await expect(page.getByText("Win.Test.EICAR was found")).toBeVisible();
  await page.getByRole("link", { name: "View dusk.jpg" }).click();
  await expect
    .poll(() => page.locator("dialog img").evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBe(1600);
  await expectAccessible(page, "a member's viewer");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("dialog").getByRole("link", { name: "Download dusk.jpg" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("dusk.jpg");
  const of = { workspaceId: owner.actor.workspaceId, id, nextOrdinal: 9 };
  expect((await getFileRow(of, 0)).downloads).toBeUndefined();
});

test("all files come as one zip made in the browser: folders, hostile names, an empty one, exact to the byte", async ({
  page,
  workspace,
}, info) => {
  const paths = [
    "Stills/day/1.bin",
    "Stills/day/2.bin",
    "Stills/NIGHT/1.bin",
    "stills/night/1.bin",
    "con.txt",
    "a:b?.txt",
    "\u202egpj.exe",
    "日本語/とても長い.docx",
    "empty",
    "large.bin",
    "blocked.exe",
    "waiting.mov",
  ];
  const files = paths.map((path, index) => ({
    path,
    bytes:
      path === "empty" ? new Uint8Array() : seededBytes(path, path === "large.bin" ? 20 * MIB + 5 : 1000 * (index + 1)),
    lastModified: AT,
  }));
  const { owner, id, link } = await plant(workspace, files, { title: "Stills: day/night" });
  await makeReady(owner, id, 10, { state: "infected", threat: "EICAR" });
  await makeReady(owner, id, 11, { state: "stored" });
  const said = listen(page);
  await page.goto(link);
  const [download] = await Promise.all([page.waitForEvent("download"), downloadAll(page).click()]);
  await expect(panel(page).getByRole("heading", { name: "Downloaded" })).toBeVisible();
  await expect(panel(page)).toContainText("2 files are left out");
  await expect(panel(page)).toContainText("blocked.exe: A virus was found");
  await expect(panel(page)).toContainText("waiting.mov: It is being checked.");
  await expectAccessible(page, "the panel when it is done");
  await page.screenshot({ path: info.outputPath("zip-done.png") });
  expect(download.suggestedFilename()).toBe("Stills_ day_night.zip");
  expect(await download.failure()).toBeNull();
  const hash = (index: number) =>
    createHash("sha256")
      .update(files[index]?.bytes ?? "")
      .digest("hex");
  expect(readZip(await download.path())).toEqual({
    "Stills/day/1.bin": hash(0),
    "Stills/day/2.bin": hash(1),
    "Stills/NIGHT/1.bin": hash(2),
    "stills/night/1 (2).bin": hash(3),
    "_con.txt": hash(4),
    "a_b_.txt": hash(5),
    "gpj.exe": hash(6),
    "日本語/とても長い.docx": hash(7),
    empty: hash(8),
    "large.bin": hash(9),
  });
  // The page follows while somebody looks.
  await makeReady(owner, id, 11);
  await expect(page.getByRole("link", { name: "Download waiting.mov" })).toBeVisible();
  expect(said).toEqual([]);
});

/** Makes S3 break for what is asked of it by the page's worker; the proxy stands at S3's own port in Chromium's eyes. */
async function faultyS3(target: number, judge: (number: number, ordinal: string) => "cut" | "gone" | undefined) {
  let number = 0;
  const server: Server = createServer((incoming, answer) => {
    const path = incoming.url ?? "/";
    const isGet = incoming.method === "GET" && path.includes("X-Amz-Signature");
    const trouble = isGet ? judge(++number, path.split("?")[0]?.split("/").at(-1) ?? "") : undefined;
    if (trouble === "gone") {
      const origin = incoming.headers.origin ?? "*";
      answer.writeHead(404, { "access-control-allow-origin": origin }).end();
      return;
    }
    const onward = httpRequest(
      { host: "127.0.0.1", port: target, method: incoming.method, path, headers: incoming.headers, setHost: false },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        let left = trouble === "cut" ? Number(response.headers["content-length"] ?? 0) / 2 : Number.POSITIVE_INFINITY;
        response.on("data", (chunk: Buffer) => {
          left -= chunk.length;
          if (left < 0) answer.destroy();
          else if (!answer.write(chunk)) {
            response.pause();
            answer.once("drain", () => response.resume());
          }
        });
        response.on("end", () => answer.end());
      },
    );
    onward.on("error", () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("The proxy has no port.");
  return { port: address.port, close: () => server.close(), seen: () => number };
}

test("connections that break are gone on with; a file that can't be had fails the download, and never shortens it", async ({
  playwright,
  browserName,
  workspace,
  dormouse,
}) => {
  const files = Array.from({ length: 12 }, (_, index) => ({
    path: `${index}.bin`,
    bytes: seededBytes(`${index}`, 3 * MIB),
  }));
  const { link } = await plant(workspace, files);
  let trouble: (number: number, ordinal: string) => "cut" | "gone" | undefined = (number) =>
    number % 3 === 0 ? "cut" : undefined;
  const rough = await faultyS3(dormouse.port + 1, (number, ordinal) => trouble(number, ordinal));
  const rules = `--host-resolver-rules=MAP 127.0.0.1:${dormouse.port + 1} 127.0.0.1:${rough.port}`;
  const { launchOptions } = test.info().project.use;
  const browser = await playwright[browserName].launch({
    ...launchOptions,
    args: [...(launchOptions?.args ?? []), rules],
  });
  const page = await (await browser.newContext()).newPage();
  await page.goto(dormouse.url + link);
  const [download] = await Promise.all([page.waitForEvent("download"), downloadAll(page).click()]);
  await expect(panel(page).getByRole("heading", { name: "Downloaded" })).toBeVisible();
  expect(await download.failure()).toBeNull();
  expect(Object.keys(readZip(await download.path()))).toHaveLength(12);
  expect(rough.seen()).toBeGreaterThan(12);

  trouble = (_, ordinal) => (ordinal === "9" ? "gone" : undefined);
  await page.goto(dormouse.url + link);
  const [failing] = await Promise.all([page.waitForEvent("download"), downloadAll(page).click()]);
  await expect(panel(page).getByRole("heading", { name: "The download failed" })).toBeVisible();
  await expect(panel(page)).toContainText("no longer there");
  expect(await failing.failure()).not.toBeNull();
  await expectAccessible(page, "the panel after a failure");
  await browser.close();
  rough.close();
});

test("a download is cancelled on its page", async ({ page, workspace }) => {
  const bytes = seededBytes("x", 4 * MIB);
  const files = Array.from({ length: 40 }, (_, index) => ({ path: `${index}.bin`, bytes }));
  const { link } = await plant(workspace, files);
  await page.goto(link);
  const [download] = await Promise.all([page.waitForEvent("download"), downloadAll(page).click()]);
  await page.getByRole("button", { name: "Cancel the download" }).click();
  await expect(panel(page).getByRole("heading", { name: "Cancelled" })).toBeVisible();
  expect(await download.failure()).not.toBeNull();
});

test("where no zip can be made the page says why, and each file has its link", async ({
  browser,
  workspace,
  baseURL,
}) => {
  const { link } = await plant(workspace, [
    { path: "a.txt", bytes: Buffer.from("a") },
    { path: "b.txt", bytes: Buffer.from("b") },
  ]);
  const context = await browser.newContext({ ...(baseURL ? { baseURL } : {}) });
  // As a private window of Firefox has it.
  await context.addInitScript(() => {
    delete (Navigator.prototype as unknown as Record<string, unknown>).serviceWorker;
    delete (globalThis as unknown as Record<string, unknown>).showDirectoryPicker;
  });
  const page = await context.newPage();
  await page.goto(link);
  await downloadAll(page).click();
  await expect(panel(page)).toContainText("private windows of Firefox");
  await expect(panel(page)).toContainText("Each file has its own link below.");
  await expectAccessible(page, "the panel where no zip can be made");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download a.txt" }).click(),
  ]);
  expect(readFileSync(await download.path(), "utf8")).toBe("a");
  await context.close();
});

test("files are saved one after another into a folder, and what fails is named", async ({
  browser,
  workspace,
  baseURL,
}) => {
  const { link } = await plant(workspace, [
    { path: "a/one.txt", bytes: Buffer.from("one") },
    { path: "a/two.txt", bytes: Buffer.from("two") },
    { path: "three.txt", bytes: Buffer.from("three") },
  ]);
  const context = await browser.newContext({ ...(baseURL ? { baseURL } : {}) });
  await context.addInitScript(() => {
    delete (Navigator.prototype as unknown as Record<string, unknown>).serviceWorker;
    // The browser's own private folder stands for one that was picked.
    Object.assign(globalThis, { showDirectoryPicker: () => navigator.storage.getDirectory() });
  });
  const page = await context.newPage();
  await page.goto(link);
  await downloadAll(page).click();
  await page.getByRole("button", { name: "Save one after another into a folder" }).click();
  await expect(panel(page).getByRole("heading", { name: "Downloaded" })).toBeVisible();
  const saved = await page.evaluate(async () => {
    const read = async (folder: FileSystemDirectoryHandle): Promise<[string, unknown][]> => {
      const entries: [string, unknown][] = [];
      // Guarantee: Chromium's handles can be walked; TypeScript's library does not say so.
      const walk = folder as unknown as AsyncIterable<[string, FileSystemHandle]>;
      for await (const [name, handle] of walk) {
        const inside =
          handle.kind === "file"
            ? await (await (handle as FileSystemFileHandle).getFile()).text()
            : Object.fromEntries(await read(handle as FileSystemDirectoryHandle));
        entries.push([name, inside]);
      }
      return entries;
    };
    return Object.fromEntries(await read(await navigator.storage.getDirectory()));
  });
  expect(saved).toEqual({ "Hazel harvest": { a: { "one.txt": "one", "two.txt": "two" }, "three.txt": "three" } });
  await context.close();
});

test("a limit is set where a transfer is sent or edited, and told when it is reached", async ({
  page,
  signIn,
  workspace,
  request,
  browser,
  baseURL,
}) => {
  const { owner, id, link } = await plant(workspace, [
    { path: "a.txt", bytes: Buffer.from("a") },
    { path: "b.txt", bytes: Buffer.from("b") },
  ]);
  await signIn(page.context());
  await page.goto(`/transfers/${id}`);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByRole("combobox", { name: "Downloads" }).selectOption({ label: "once" });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("one download of each file")).toBeVisible();
  // Who sent them takes all of them, as often as it pleases, and nothing counts.
  const [own] = await Promise.all([page.waitForEvent("download"), downloadAll(page).click()]);
  await expect(panel(page).getByRole("heading", { name: "Downloaded" })).toBeVisible();
  expect(Object.keys(readZip(await own.path()))).toEqual(["a.txt", "b.txt"]);
  const [ownAgain] = await Promise.all([
    page.waitForEvent("download"),
    panel(page).getByRole("button", { name: "Download again" }).click(),
  ]);
  expect(await ownAgain.failure()).toBeNull();

  await page.goto(link);
  await expect(page.getByText("each file can be downloaded once")).toBeVisible();
  // Who only asks, or looks at what a link leads to, takes nothing.
  await request.head(`${link}/files/0`);
  await request.get(`${link}/files/0`, { headers: { "user-agent": "Slackbot-LinkExpanding 1.0" }, maxRedirects: 0 });
  const take = async (name: string) => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name, exact: true }).click(),
    ]);
    expect(readFileSync(await download.path(), "utf8")).toBe("a");
  };
  await take("Download a.txt");
  // By itself, with no page of its own; and what did not arrive is tried again.
  await expect(page.getByText("downloaded; limit reached")).toBeVisible();
  await take("Download a.txt again");
  await expectAccessible(page, "what is said of a limit");

  const away = { timezoneId: "America/Los_Angeles", locale: "en-US", ...(baseURL ? { baseURL } : {}) };
  const stranger = await (await browser.newContext(away)).newPage();
  await stranger.goto(link);
  await expect(stranger.getByText(/until \d+ \w+ \d{4}, \d\d:\d\d P[SD]T/)).toBeVisible();
  await expect(stranger.getByText("limit reached", { exact: true })).toBeVisible();
  await downloadAll(stranger).click();
  await expect(panel(stranger)).toContainText("a.txt: It has been downloaded as often as its sender allows.");
  await expect(panel(stranger).getByRole("heading", { name: "Downloaded" })).toBeVisible();
  await panel(stranger).getByRole("button", { name: "Close" }).click();
  await expect(stranger.getByText("downloaded; limit reached")).toBeVisible();
  await stranger.goto(`${link}/files/0`);
  await expect(stranger.getByText("as often as its sender allows")).toBeVisible();
  await expectAccessible(stranger, "a refused download");
  await stranger.getByRole("link", { name: "Back to the files" }).click();
  await expect(stranger.getByRole("heading", { name: "Hazel harvest" })).toBeVisible();

  // Without script: the link's own question, then the button of the page.
  await editTransfer(owner, { id, title: "Hazel harvest", message: "", downloadLimit: 2 });
  await stranger.goto(`${link}/files/1`);
  await expectAccessible(stranger, "the question of a link");
  const plain = await browser.newContext({ javaScriptEnabled: false, ...(baseURL ? { baseURL } : {}) });
  const scriptless = await plain.newPage();
  // Soon after another visitor was refused there: the edge keeps no refusal that is one visitor's.
  expect((await scriptless.goto(`${link}/files/0`))?.status()).toBe(200);
  const [asked] = await Promise.all([
    scriptless.waitForEvent("download"),
    scriptless.getByRole("button", { name: "Download" }).click(),
  ]);
  expect(readFileSync(await asked.path(), "utf8")).toBe("a");
  await scriptless.goto(link);
  await expect(scriptless.getByText(/until .* UTC/)).toBeVisible();
  const [again] = await Promise.all([
    scriptless.waitForEvent("download"),
    scriptless.getByRole("button", { name: "Download a.txt again" }).click(),
  ]);
  expect(readFileSync(await again.path(), "utf8")).toBe("a");
});

/** S3 behind a line that trickles until `cutMs` after the first answer began, then ends every answer early; later it is fast. */
async function slowS3(target: number, cutMs: number) {
  const asked: { transfer: string; ordinal: string; from: number; late: boolean; status?: number }[] = [];
  let cutAt = Number.POSITIVE_INFINITY;
  const server: Server = createServer((incoming, answer) => {
    const path = incoming.url ?? "/";
    const late = Date.now() >= cutAt;
    let noted: (typeof asked)[number] | undefined;
    if (incoming.method === "GET" && path.includes("X-Amz-Signature")) {
      cutAt = Math.min(cutAt, Date.now() + cutMs);
      const from = Number(/bytes=(\d+)-/.exec(incoming.headers.range ?? "")?.[1] ?? 0);
      const [ordinal = "", transfer = ""] = (path.split("?")[0] ?? "").split("/").reverse();
      noted = { transfer, ordinal, from, late };
      asked.push(noted);
    }
    const onward = httpRequest(
      { host: "127.0.0.1", port: target, method: incoming.method, path, headers: incoming.headers, setHost: false },
      async (response) => {
        if (noted && response.statusCode) noted.status = response.statusCode;
        answer.writeHead(response.statusCode ?? 502, response.headers);
        if (late) return void response.pipe(answer);
        for await (const chunk of response) {
          for (let at = 0; at < chunk.length; at += TRICKLE_BYTES) {
            if (Date.now() >= cutAt) return void answer.socket?.end();
            answer.write(chunk.subarray(at, at + TRICKLE_BYTES));
            await delay(TRICKLE_MS);
          }
        }
        answer.end();
      },
    );
    onward.on("error", () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { port: (server.address() as AddressInfo).port, close: () => server.close(), asked };
}

/** 40 KiB a second on each connection. */
const TRICKLE_BYTES = 10 * 1024;
const TRICKLE_MS = 250;
/** Longer than the page's own downloader has its URLs. */
const CUT_MS = 70_000;

test("a download that is cut resumes where it was, in the browser and in the page; once the transfer is deleted it does not", async ({
  playwright,
  browserName,
  workspace,
  dormouse,
}) => {
  const bytes = seededBytes("cut", 12 * MIB);
  const one = await plant(workspace, [{ path: "one.bin", bytes }]);
  const several = await plant(workspace, [
    { path: "a.bin", bytes },
    { path: "b.txt", bytes: Buffer.from("b") },
  ]);
  const doomed = await plant(workspace, [{ path: "doomed.bin", bytes }]);
  const slow = await slowS3(dormouse.port + 1, CUT_MS);
  const { launchOptions } = test.info().project.use;
  const browser = await playwright[browserName].launch({
    ...launchOptions,
    args: [
      ...(launchOptions?.args ?? []),
      `--host-resolver-rules=MAP 127.0.0.1:${dormouse.port + 1} 127.0.0.1:${slow.port}`,
    ],
  });
  const [plain, ranged] = [await browser.newPage(), await browser.newPage()];
  await plain.goto(dormouse.url + one.link);
  await ranged.goto(dormouse.url + several.link);
  const [own] = await Promise.all([
    plain.waitForEvent("download"),
    plain.getByRole("link", { name: "Download one.bin" }).click(),
  ]);
  await expect.poll(() => slow.asked.length).toBe(1);
  const other = await browser.newPage();
  await other.goto(dormouse.url + doomed.link);
  const [dead] = await Promise.all([
    other.waitForEvent("download"),
    other.getByRole("link", { name: "Download doomed.bin" }).click(),
  ]);
  await expect.poll(() => slow.asked.length).toBe(2);
  await deleteTransfer(doomed.owner, { id: doomed.id });
  const [zip] = await Promise.all([ranged.waitForEvent("download"), downloadAll(ranged).click()]);
  expect(await own.failure()).toBeNull();
  expect(readFileSync(await own.path()).equals(bytes)).toBe(true);
  expect(await zip.failure()).toBeNull();
  expect(readZip(await zip.path())["a.bin"]).toBe(createHash("sha256").update(bytes).digest("hex"));
  const late = slow.asked.filter(({ late, ordinal }) => late && ordinal === "0");
  expect(late.length).toBeGreaterThan(1);
  expect(Math.min(...late.map(({ from }) => from)), "nobody begins at the start once more").toBeGreaterThan(0);
  expect(await dead.failure()).not.toBeNull();
  const more = slow.asked.filter(({ transfer, late }) => late && transfer === doomed.id);
  expect(new Set(more.map(({ status }) => status))).toEqual(new Set([403]));
  await browser.close();
  slow.close();
});

test("a plain download that breaks is resumed by the browser where it was", async ({ request, workspace }) => {
  const bytes = seededBytes("resume", 2 * MIB);
  const { link } = await plant(workspace, [{ path: "a.bin", bytes }]);
  const granted = await request.get(`${link}/files/0`, { maxRedirects: 0 });
  const url = granted.headers().location ?? "";
  const first = await request.get(url, { headers: { range: "bytes=0-999" } });
  expect(first.status()).toBe(206);
  const etag = first.headers().etag ?? "";
  const rest = await request.get(url, { headers: { range: "bytes=1000-", "if-range": etag } });
  expect(rest.status()).toBe(206);
  expect(Buffer.concat([await first.body(), await rest.body()]).equals(bytes)).toBe(true);
  // Another file of that name: all of it, so that no one puts two together.
  const other = await request.get(url, { headers: { range: "bytes=1000-", "if-range": '"another"' } });
  expect(other.status()).toBe(200);
  expect((await other.body()).length).toBe(bytes.length);
});
