/** Nothing is lost when every process of Dormouse is killed at once, in the middle of an upload. */
import { createHash } from "node:crypto";
import { createReadStream, writeFileSync } from "node:fs";
import type { Page } from "playwright/test";
import { seededBytes } from "#infra/local/testing/seeded.ts";
import { FileNotFound } from "#lib/files/file.errors.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { listTransfers } from "#lib/transfers/list-transfers.ts";
import { getUploadStatus } from "#lib/uploads/get-upload-status.ts";
import { expect, killDormouse, openWhenChecked, restartDormouse, test, untilSent } from "../fixtures.ts";

const MIB = 1024 ** 2;
const SIZE = 40 * MIB;

/** What S3 has of the first file; nothing before its row is there: the transfer's own is written first. */
async function partsAtS3(ctx: Ctx, transferId: string) {
  try {
    return (await getUploadStatus(ctx, { transferId, ordinal: 0 })).parts ?? [];
  } catch (error) {
    if (error instanceof FileNotFound) return [];
    throw error;
  }
}

/** The parts that the page sends, by their numbers. */
function watchParts(page: Page): number[] {
  const sent: number[] = [];
  page.on("request", (request) => {
    const part = new URL(request.url()).searchParams.get("partNumber");
    if (request.method() === "PUT" && part) sent.push(Number(part));
  });
  return sent;
}

test("after kill -9 of everything and a new start the list is intact, and the upload goes on with the parts it has", async ({
  browser,
  dormouse,
  page,
  signIn,
  workspace,
}, info) => {
  const file = info.outputPath("long.bin");
  const bytes = seededBytes("long", SIZE);
  writeFileSync(file, bytes);
  const owner = workspace.as("owner");
  await createTransfer(owner, { title: "Made before" });
  await signIn(page.context());
  await page.goto("/transfers");
  const slow = await page.context().newCDPSession(page);
  const line = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 5 * MIB };
  await slow.send("Network.emulateNetworkConditions", line);
  await page.getByTestId("files").setInputFiles(file);
  await page.getByLabel("Title").fill("Under way");
  await page.getByRole("button", { name: "Create link and send" }).click();
  await expect.poll(async () => (await listTransfers(owner, {})).items.length).toBe(2);
  const id = (await listTransfers(owner, {})).items.find(({ title }) => title === "Under way")?.id ?? "";
  await expect.poll(async () => (await partsAtS3(owner, id)).length).toBeGreaterThanOrEqual(3);

  const before = await partsAtS3(owner, id);
  await killDormouse(dormouse);
  const sentLater = watchParts(page);
  await restartDormouse(dormouse);

  const after = await partsAtS3(owner, id);
  expect(before.length).toBeLessThan(SIZE / (5 * MIB));
  expect(after).toEqual(expect.arrayContaining(before));
  const list = await page.context().newPage();
  await list.goto("/transfers");
  await expect(list.getByRole("link", { name: /Made before/ })).toBeVisible();
  await expect(list.getByRole("link", { name: /Under way/ })).toBeVisible();

  await untilSent(page);
  for (const { part } of before) expect(sentLater, "parts that S3 had before").not.toContain(part);
  const guest = await (await browser.newContext()).newPage();
  await openWhenChecked(guest, (await page.locator("code").first().textContent()) ?? "");
  const [download] = await Promise.all([
    guest.waitForEvent("download"),
    guest.getByRole("link", { name: /^Download/ }).click(),
  ]);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(await download.path())) hash.update(chunk as Buffer);
  expect(hash.digest("hex")).toBe(createHash("sha256").update(bytes).digest("hex"));
  await guest.context().close();
});
