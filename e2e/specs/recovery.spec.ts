/** What was interrupted is not lost: a closed browser, a reload, another tab, another device. */
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright/test";
import { seededBytes } from "#infra/local/testing/seeded.ts";
import { db } from "#lib/db/service.ts";
import { expect, familyOf, openWhenChecked, test, untilSent } from "../fixtures.ts";

const MIB = 1024 ** 2;
const PART = 5 * MIB;
const LONG = 120 * MIB;
/** Parts that the engine sends at a time at the most. */
const CONNECTIONS = 6;

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function writeSeeded(path: string, bytes: number, seed = "one"): void {
  writeFileSync(path, seededBytes(seed, bytes));
}

/** The parts that a page begins to send and those that arrive, by their numbers. */
function watchParts(page: Page): { begun: Set<number>; stored: Set<number> } {
  const seen = { begun: new Set<number>(), stored: new Set<number>() };
  const partOf = (url: string) => Number(new URL(url).searchParams.get("partNumber"));
  page.on("request", (request) => {
    if (request.method() === "PUT" && partOf(request.url()) > 0) seen.begun.add(partOf(request.url()));
  });
  page.on("response", (response) => {
    if (response.request().method() === "PUT" && response.ok()) seen.stored.add(partOf(response.url()));
  });
  return seen;
}

async function slowDown(page: Page, bytesPerSecond: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const line = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond };
  await session.send("Network.emulateNetworkConditions", line);
}

/** Sends a file over a slow line until S3 has some of its parts; the last ones are held, so that it is never all sent. */
async function beginSending(page: Page, file: string, title: string, { parts = 2, bytesPerSecond = 5 * MIB } = {}) {
  await page.route(
    (url) => Number(url.searchParams.get("partNumber")) > parts + CONNECTIONS - 2,
    () => undefined,
  );
  await page.goto("/transfers");
  await slowDown(page, bytesPerSecond);
  const seen = watchParts(page);
  await page.getByTestId("files").setInputFiles(file);
  await page.getByLabel("Title").fill(title);
  await page.getByRole("button", { name: "Create link and send" }).click();
  await expect.poll(() => seen.stored.size).toBeGreaterThanOrEqual(parts);
  return seen;
}

const interrupted = (page: Page) => page.getByRole("region", { name: "Interrupted" });

async function pickAgain(page: Page, files: string | string[]): Promise<void> {
  await page
    .getByRole("region", { name: /^Sending/ })
    .getByTestId("files")
    .setInputFiles(files);
}

async function downloaded(browser: Browser, link: string): Promise<string> {
  const context = await browser.newContext();
  const guest = await context.newPage();
  await openWhenChecked(guest, link, 600_000);
  const [download] = await Promise.all([
    guest.waitForEvent("download"),
    guest.getByRole("link", { name: /^Download/ }).click(),
  ]);
  const hash = await sha256(await download.path());
  await context.close();
  return hash;
}

/** A browser of its own whose profile outlives it. */
async function openProfile(folder: string, baseURL: string, launch: object): Promise<BrowserContext> {
  return await chromium.launchPersistentContext(folder, { ...launch, baseURL });
}

/** kill -9 of the whole browser that has this profile. */
async function killBrowser(context: BrowserContext, profile: string): Promise<void> {
  const gone = new Promise((resolve) => context.once("close", resolve));
  const [program] = familyOf(process.pid).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(profile),
  );
  for (const pid of familyOf(program ?? 0)) process.kill(pid, "SIGKILL");
  await gone;
}

// What is looked at here is the upload: nobody waits for the scanner.
test.beforeEach(async ({ workspace }) => {
  await db().entities.workspace.patch({ id: workspace.id }).set({ scanPolicy: "off" }).go();
});

test("a browser that is killed in the middle of a large file goes on where it was, and sends at most a part for each connection again", async ({
  browser,
  dormouse,
  signIn,
  launchOptions,
}, info) => {
  const file = info.outputPath("long.bin");
  writeSeeded(file, LONG);
  const profile = info.outputPath("profile");
  const first = await openProfile(profile, dormouse.url, launchOptions);
  await signIn(first);
  const before = await beginSending(first.pages()[0] ?? (await first.newPage()), file, "Long", {
    parts: 8,
    bytesPerSecond: 15 * MIB,
  });
  await killBrowser(first, profile);

  const second = await openProfile(profile, dormouse.url, launchOptions);
  await signIn(second);
  const page = second.pages()[0] ?? (await second.newPage());
  const after = watchParts(page);
  await page.goto("/transfers");
  await expect(interrupted(page)).toContainText("Long");
  await interrupted(page).getByRole("button", { name: "Continue" }).click();
  await expect(page.getByRole("heading", { name: "Waiting for files" })).toBeVisible();
  await pickAgain(page, file);
  await untilSent(page);
  const again = [...after.begun].filter((part) => before.begun.has(part));
  info.annotations.push({ type: "sent again", description: `${again.length} parts of ${LONG / PART}` });
  expect(again.length).toBeLessThanOrEqual(CONNECTIONS);
  for (const part of before.stored) expect(after.begun, "a part that had arrived").not.toContain(part);
  const link = (await page.locator("code").first().textContent()) ?? "";
  await page.reload();
  await expect(page.getByRole("region", { name: "My transfers" })).toBeVisible();
  await expect(interrupted(page)).toHaveCount(0);
  await second.close();
  expect(await downloaded(browser, link)).toBe(await sha256(file));
});

test("one tab sends a transfer; when it is closed another goes on, and refuses a file that is not the same", async ({
  browser,
  page,
  signIn,
}, info) => {
  const file = info.outputPath("tabs.bin");
  writeSeeded(file, 40 * MIB);
  mkdirSync(info.outputPath("other"));
  const other = info.outputPath(join("other", "tabs.bin"));
  writeSeeded(other, 40 * MIB, "another");
  const shorter = info.outputPath("shorter.bin");
  writeSeeded(shorter, 1000);
  await signIn(page.context());
  const before = await beginSending(page, file, "Two tabs");

  const tab = await page.context().newPage();
  await tab.goto("/transfers");
  await expect(tab.getByRole("region", { name: "Being sent in another tab" })).toContainText("Two tabs");
  await expect(interrupted(tab)).toHaveCount(0);
  await expect(tab.getByRole("button", { name: "Continue" })).toHaveCount(0);
  await page.close({ runBeforeUnload: false });

  const after = watchParts(tab);
  await interrupted(tab).getByRole("button", { name: "Continue" }).click();
  const panel = tab.getByRole("region", { name: "Sending Two tabs" });
  await expect(panel, "what has arrived is counted before the file is picked again").not.toContainText("0 bytes of");
  await pickAgain(tab, [shorter]);
  await expect(tab.getByRole("alert").filter({ hasText: "not one of the files" })).toBeVisible();
  await pickAgain(tab, other);
  await expect(tab.getByRole("alert").filter({ hasText: "other bytes" })).toBeVisible();
  await info.attach("missing", { body: await tab.screenshot(), contentType: "image/png" });
  await pickAgain(tab, file);
  await untilSent(tab);
  for (const part of before.stored) expect(after.begun, "a part that had arrived").not.toContain(part);
  const link = (await tab.locator("code").first().textContent()) ?? "";
  expect(await downloaded(browser, link)).toBe(await sha256(file));
});

test("another device goes on from the transfer's page with what S3 has", async ({ browser, page, signIn }, info) => {
  const file = info.outputPath("device.bin");
  writeSeeded(file, 40 * MIB);
  await signIn(page.context());
  const before = await beginSending(page, file, "Two devices");
  await page.close({ runBeforeUnload: false });

  const context = await browser.newContext();
  await signIn(context);
  const device = await context.newPage();
  const after = watchParts(device);
  await device.goto("/transfers");
  await device.getByRole("link", { name: /Two devices/ }).click();
  await device.getByRole("button", { name: "Continue here" }).click();
  await pickAgain(device, file);
  await untilSent(device);
  for (const part of before.stored) expect(after.begun, "a part that had arrived").not.toContain(part);
  const link = (await device.locator("code").first().textContent()) ?? "";
  await context.close();
  expect(await downloaded(browser, link)).toBe(await sha256(file));
});
