/** What becomes of files after they were sent: checked, previewed, scanned and published, each by itself. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Page } from "playwright/test";
import { db } from "#lib/db/service.ts";
import { getFileRow } from "#lib/files/file.store.ts";
import {
  sampleEicar,
  sampleEicarZip,
  sampleJpeg,
  sampleMp4,
  samplePdf,
  sampleText,
  sampleZip,
} from "#lib/inspection/testing/samples.ts";
import type { ScanPolicy } from "#lib/kernel/choices.ts";
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import type { TestWorkspace } from "#lib/testing/workspace.ts";
import { collectTransfer } from "#lib/transfers/collect-transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { expect, test } from "../fixtures.ts";

const RUN = { timeout: 60_000 };
const REFUSED = "A virus was found in this file; it can't be downloaded.";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const delivery = (page: Page) => page.getByRole("region", { name: "Delivery" });

/** Sends files by the protocol's verbs, and seals. */
async function send(workspace: TestWorkspace, files: Record<string, Uint8Array>) {
  const owner = workspace.as("owner");
  const transfer = await createTransfer(owner, { title: "Hazel" });
  for (const [ordinal, [path, bytes]] of Object.entries(files).entries())
    await sendFile(owner, transfer.id, ordinal, path, Buffer.from(bytes));
  await sealTransfer(owner, { transferId: transfer.id });
  const of = { workspaceId: workspace.id, id: transfer.id, nextOrdinal: Object.keys(files).length };
  return {
    ...transfer,
    file: (ordinal: number) => getFileRow(of, ordinal),
    state: async () => (await getTransfer(owner, { id: transfer.id, cursor: undefined })).transfer.state,
  };
}

const setPolicy = (workspace: TestWorkspace, scanPolicy: ScanPolicy) =>
  db().entities.workspace.patch({ id: workspace.id }).set({ scanPolicy }).go();

test("a picture, a PDF, a video, a text, a zip and a virus are sent: previews appear, the virus is held back, the rest is as it was", async ({
  browser,
  page,
  signIn,
  workspace,
}, info) => {
  const sent: Record<string, Uint8Array> = {
    "picture.jpg": await sampleJpeg(),
    "paper.pdf": samplePdf(),
    "film.mp4": await sampleMp4(),
    "notes.txt": sampleText(),
    "letters.zip": sampleZip(),
    "eicar.com": sampleEicar(),
  };
  await signIn(page.context());
  await page.goto("/transfers");
  const files = Object.entries(sent).map(([name, bytes]) => ({ name, mimeType: "", buffer: Buffer.from(bytes) }));
  await page.getByTestId("files").setInputFiles(files);
  await page.getByLabel("Title").fill("Of every kind");
  await page.getByRole("button", { name: "Create link and send" }).click();
  await expect(page.getByRole("heading", { name: "Sent", exact: true })).toBeVisible(RUN);
  const link = (await page.locator("code").first().textContent()) ?? "";
  await page.getByRole("list").getByRole("link", { name: "Of every kind" }).click();
  // Live: nobody loads the page again.
  await expect(delivery(page).getByText("Partly blocked", { exact: true })).toBeVisible(RUN);
  await expect(delivery(page)).toContainText("5 of 6 files delivered, 1 blocked");
  await expect(page.locator("article header")).toContainText("Partly blocked", RUN);
  await expect(page.locator("article header")).toContainText("5 of 6 files ready, 1 blocked");
  await expect(page.getByRole("region", { name: "Files" }).getByText(/A virus was found in this file/)).toBeVisible();
  await info.attach("delivered", { body: await page.screenshot({ fullPage: true }), contentType: "image/png" });

  const context = await browser.newContext();
  const guest = await context.newPage();
  await guest.goto(link);
  await expect(guest.getByText(REFUSED)).toBeVisible();
  const listed = await collectTransfer(await workspace.guest(new URL(link).pathname), {});
  const ordinals = new Map(listed.files.items.map(({ path, ordinal }) => [path, ordinal]));
  const thumbnail = guest.locator(`img[src$="/${ordinals.get("picture.jpg")}/preview/thumb.webp"]`);
  await expect.poll(() => thumbnail.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  await guest.getByRole("link", { name: "View picture.jpg" }).click();
  await expect(guest.getByRole("dialog", { name: "picture.jpg" })).toBeVisible();
  const picture = guest.locator("dialog img").first();
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  await guest.keyboard.press("Escape");
  for (const name of ["paper.pdf", "film.mp4", "notes.txt", "letters.zip"]) {
    await guest.getByRole("link", { name: `View ${name}` }).click();
    await expect(guest.getByRole("dialog", { name })).toBeVisible();
    await guest.keyboard.press("Escape");
    await expect(guest.locator("dialog")).toHaveCount(0);
  }

  await expect(guest.getByRole("link", { name: "Download eicar.com" })).toHaveCount(0);
  const refused = await context.request.get(`${link}/files/${ordinals.get("eicar.com")}`, { maxRedirects: 0 });
  expect(refused.status()).toBeGreaterThanOrEqual(400);
  for (const [name, bytes] of Object.entries(sent)) {
    if (name === "eicar.com") continue;
    const [download] = await Promise.all([
      guest.waitForEvent("download"),
      guest.getByRole("link", { name: `Download ${name}` }).click(),
    ]);
    expect(sha256(readFileSync(await download.path())), name).toBe(sha256(bytes));
  }
  await context.close();
});

test("a virus in a zip in a zip is held back, and the file beside it is delivered", async ({ workspace, request }) => {
  const transfer = await send(workspace, { "outer.zip": sampleEicarZip(2), "notes.txt": sampleText() });
  await expect.poll(transfer.state, RUN).toBe("ready");
  expect(await transfer.file(0)).toMatchObject({ state: "infected", scan: "infected" });
  expect(await transfer.file(1)).toMatchObject({ state: "ready", scan: "clean" });
  expect((await request.get(`${transfer.link}/files/0`, { maxRedirects: 0 })).status()).toBeGreaterThanOrEqual(400);
  expect((await request.get(`${transfer.link}/files/1`, { maxRedirects: 0 })).status()).toBe(302);
});

test("where a workspace opens files before their scan, the infected one is closed afterwards", async ({
  workspace,
  request,
}) => {
  await setPolicy(workspace, "after");
  const transfer = await send(workspace, { "notes.txt": sampleText(), "eicar.com": sampleEicar() });
  const seen = async () => {
    const { state, scan } = await transfer.file(1);
    return scan ? `${state} after its scan` : `${state} before its scan`;
  };
  await expect.poll(seen, { ...RUN, intervals: [50] }).toBe("ready before its scan");
  await expect.poll(seen, RUN).toBe("infected after its scan");
  await expect.poll(transfer.state, RUN).toBe("ready");
  expect(await transfer.file(0)).toMatchObject({ state: "ready", scan: "clean" });
  expect((await request.get(`${transfer.link}/files/1`, { maxRedirects: 0 })).status()).toBeGreaterThanOrEqual(400);
});

test("where a workspace does without a scan, nothing is scanned and everything is delivered", async ({ workspace }) => {
  await setPolicy(workspace, "off");
  const transfer = await send(workspace, { "notes.txt": sampleText(), "eicar.com": sampleEicar() });
  await expect.poll(transfer.state, RUN).toBe("ready");
  for (const ordinal of [0, 1]) {
    const { state, scan } = await transfer.file(ordinal);
    expect([state, scan]).toEqual(["ready", undefined]);
  }
});
