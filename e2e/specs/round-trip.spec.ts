/** The main job, through the pages and straight to S3: send, open the link elsewhere, download, the same bytes. */
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Page } from "playwright/test";
import { seededBytes } from "#infra/local/testing/seeded.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { collectTransfer } from "#lib/transfers/collect-transfer.ts";
import { expect, openWhenChecked, test, untilSent, withNewDormouse } from "../fixtures.ts";

const MIB = 1024 ** 2;

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Bytes of the upload protocol between page and app, headers and bodies, both ways. */
function countProtocolBytes(page: Page): () => Promise<number> {
  const sizes: Promise<number>[] = [];
  page.on("requestfinished", (request) => {
    if (!new URL(request.url()).pathname.startsWith("/api/upload/")) return;
    sizes.push(
      request
        .sizes()
        .then(
          (size) => size.requestHeadersSize + size.requestBodySize + size.responseHeadersSize + size.responseBodySize,
        ),
    );
  });
  return async () => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Where in the tree each file of a transfer is, by its ordinal. */
async function pathsOf(guest: Ctx): Promise<Map<number, string>> {
  const paths = new Map<number, string>();
  let cursor: string | undefined;
  do {
    const { files } = await collectTransfer(guest, { cursor });
    for (const { ordinal, path } of files.items) paths.set(ordinal, path);
    cursor = files.cursor;
  } while (cursor);
  return paths;
}

test("a file of many parts, an empty one and a hostile name arrive as they were sent", async ({
  browser,
  page,
  signIn,
}, info) => {
  const folder = info.outputPath("files");
  const contents = { empty: Buffer.alloc(0), "\u202egpj.exe": seededBytes("name", 1000) };
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(contents)) writeFileSync(join(folder, name), bytes);
  // Nine parts.
  writeFileSync(join(folder, "large.bin"), seededBytes("large", 44 * MIB));
  const names = [...Object.keys(contents), "large.bin"];

  await signIn(page.context());
  const protocolBytes = countProtocolBytes(page);
  await page.goto("/transfers");
  await page.getByTestId("files").setInputFiles(names.map((name) => join(folder, name)));
  await page.getByLabel("Title").fill("Travellers");
  await page.getByRole("button", { name: "Create link and send" }).click();
  await untilSent(page);
  const spent = await protocolBytes();
  info.annotations.push({ type: "application traffic", description: `${spent} bytes` });
  expect(spent).toBeLessThan(20 * 1024);
  const link = await page.locator("code").first().textContent();

  const guest = await (await browser.newContext()).newPage();
  await openWhenChecked(guest, link ?? "", 600_000);
  await expect(guest.getByRole("heading", { name: "Travellers" })).toBeVisible();
  const links = guest.getByRole("link", { name: /^Download/ });
  await expect(links).toHaveCount(3);
  const received = new Set<string>();
  for (const one of await links.all()) {
    const [download] = await Promise.all([guest.waitForEvent("download"), one.click()]);
    expect(download.suggestedFilename()).not.toContain("\u202e");
    received.add(await sha256(await download.path()));
  }
  const sent = await Promise.all(names.map((name) => sha256(join(folder, name))));
  expect([...received].sort()).toEqual(sent.sort());
  await guest.context().close();
});

test("a folder of 60 files keeps its tree and its bytes", async ({ browser, page, signIn, workspace }, info) => {
  const folder = info.outputPath("tree");
  const sent = new Map<string, string>();
  for (let index = 0; index < 60; index++) {
    const path = `tree/level ${index % 5}/deep ${index % 3}/file ${index}.bin`;
    const bytes = seededBytes(index, 1 + index * 120);
    mkdirSync(dirname(info.outputPath(path)), { recursive: true });
    writeFileSync(info.outputPath(path), bytes);
    sent.set(path, createHash("sha256").update(bytes).digest("hex"));
  }
  await signIn(page.context());
  await page.goto("/transfers");
  await page.getByTestId("folder").setInputFiles(folder);
  await page.getByRole("button", { name: "Create link and send" }).click();
  await untilSent(page);
  const link = await page.locator("code").first().textContent();

  const context = await browser.newContext();
  const guest = await context.newPage();
  await openWhenChecked(guest, link ?? "");
  const closed = guest.locator("details:not([open]) > summary");
  while ((await closed.count()) > 0) await closed.first().click();
  const links = guest.getByRole("link", { name: /^Download/ });
  await expect(links).toHaveCount(60);
  const hrefs = await links.evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
  const paths = await pathsOf(await workspace.guest(new URL(link ?? "", guest.url()).pathname));
  const received = new Map<string, string>();
  for (const href of hrefs) {
    const body = await (await context.request.get(href)).body();
    received.set(paths.get(Number(href.split("/").at(-1))) ?? href, createHash("sha256").update(body).digest("hex"));
  }
  expect(received).toEqual(sent);
  await context.close();
});

test("a link that is expired, deleted, replaced or unknown says so, each in its own words and with its status", async ({
  page,
  workspace,
}) => {
  const { createTransfer } = await import("#lib/testing/transfer.ts");
  const { deleteTransfer } = await import("#lib/transfers/delete-transfer.ts");
  const { renewLink } = await import("#lib/links/renew-link.ts");
  const owner = workspace.as("owner");
  const make = async () => createTransfer(owner, { title: "x", expiryDays: 1 });
  const [deleted, replaced] = [await make(), await make()];
  await deleteTransfer(owner, { id: deleted.id });
  await renewLink(owner, { id: replaced.id });
  workspace.clock.advance(-3 * 24 * 3600 * 1000);
  const expired = await make();
  const cases: [string, number, string][] = [
    [deleted.link, 410, "This transfer has been deleted"],
    [replaced.link, 410, "This link has been replaced"],
    [expired.link, 410, "This transfer has expired"],
    [`/t/${"A".repeat(44)}`, 404, "This link leads nowhere"],
  ];
  for (const [link, status, words] of cases) {
    expect((await page.goto(link))?.status()).toBe(status);
    await expect(page.getByRole("heading", { name: words })).toBeVisible();
  }
});

test("nobody and viewers cannot send: the protocol answers 401 and 403, another site's request 403", async ({
  page,
  request,
  signIn,
  dormouse,
}) => {
  const call = { headers: { "content-type": "application/json" }, data: { transferId: `tr_${"A".repeat(22)}` } };
  expect((await request.post("/api/upload/v1/seal", call)).status()).toBe(401);
  await signIn(page.context(), "viewer");
  expect((await page.request.post("/api/upload/v1/seal", call)).status()).toBe(403);
  const foreign = { ...call, headers: { ...call.headers, origin: "https://elsewhere.example" } };
  expect((await page.request.post("/api/upload/v1/seal", foreign)).status()).toBe(403);
  expect((await page.request.post(`${dormouse.url}/api/upload/v1/seal`, { ...call, data: {} })).status()).toBe(422);
});

test("the owner's printed link signs in once", async ({ page, browser }) => {
  await withNewDormouse({}, async ({ lines }) => {
    const printed = () => lines.find((line) => line.startsWith("Sign in once"))?.split(": ")[1] ?? "";
    await expect.poll(printed, "printed after the line that says it is ready").not.toBe("");
    await page.goto(printed());
    await page.getByLabel("Your name").fill("Ana");
    await page.getByLabel("Workspace").fill("Hazel");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByText("Drop files or folders anywhere")).toBeVisible();
    const other = await (await browser.newContext()).newPage();
    expect((await other.goto(printed()))?.status()).toBe(410);
    await expect(other.getByText("used before")).toBeVisible();
  });
});
