/** What pages say outside of themselves: on paper, in tabs, in previews of links, and to a phone's home screen. */
import type { Page } from "playwright/test";
import { plantFiles } from "#lib/testing/plant.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { editWorkspace } from "#lib/workspaces/edit-workspace.ts";
import { expect, test } from "../fixtures.ts";

/** More than a folder holds open by itself. */
const FILES = [
  ...Array.from({ length: 60 }, (_, index) => ({
    path: `Photographs/${String(index).padStart(2, "0")}.jpg`,
    bytes: Buffer.from("a"),
  })),
  // A folder that is alone is open.
  { path: "beside.txt", bytes: Buffer.from("b") },
];

async function expectPrintable(page: Page): Promise<void> {
  const last = page.getByText("59.jpg", { exact: true });
  await expect(last).not.toBeVisible();
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expect(last).toBeVisible();
  await expect(page.getByRole("button")).toHaveCount(0);
  await expect(page.getByRole("link", { name: /^Download/ })).toHaveCount(0);
  const background = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  expect(background, "paper is white").toBe("rgba(0, 0, 0, 0)");
  const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(width).toBeLessThanOrEqual(0);
}

test("a transfer is printed whole, without what is pressed", async ({ page, signIn, workspace }) => {
  const owner = workspace.as("owner");
  const { id, link } = await createTransfer(owner, { title: "Contract", recipients: [{ email: "ana@example.org" }] });
  await plantFiles(owner, id, FILES);
  await page.goto(link);
  await expectPrintable(page);
  await signIn(page.context());
  await page.emulateMedia({ media: "screen", colorScheme: "light" });
  await page.goto(`/transfers/${id}`);
  await expectPrintable(page);
  await expect(page.getByText("ana@example.org").first()).toBeVisible();
});

/** What programs that preview links read of a page, by the names of its tags. */
async function headOf(page: Page, path: string): Promise<Record<string, string>> {
  const html = await (await page.request.get(path)).text();
  const tags = [...html.matchAll(/<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)"/g)];
  const title = /<title>([^<]*)/.exec(html)?.[1] ?? "";
  return { title, ...Object.fromEntries(tags.map(([, name, content]) => [name, content])) };
}

test("a link's preview says as much as its workspace lets it, and one that leads nowhere says nothing", async ({
  page,
  workspace,
  baseURL,
}) => {
  const owner = workspace.as("owner");
  const { link } = await createTransfer(owner, { title: "Layoffs in spring", message: "A secret message" });
  const preview = (linkPreview: "nothing" | "sender" | "title") =>
    editWorkspace(owner, { name: "Hazel & Co", expiryDays: 7, linkPreview });

  const modest = await headOf(page, link);
  expect(modest).toMatchObject({
    title: "Files from The owner · Dormouse",
    "og:title": "Files from The owner",
    "og:image": `${baseURL}/icons/preview.png`,
    "twitter:card": "summary_large_image",
  });
  expect(JSON.stringify(modest)).not.toMatch(/Layoffs|secret/);
  await preview("title");
  expect(await headOf(page, link)).toMatchObject({
    "og:title": "Layoffs in spring",
    "twitter:title": "Layoffs in spring",
  });
  await preview("nothing");
  const silent = await headOf(page, link);
  expect(silent["og:title"]).toBe("Files for you");
  expect(JSON.stringify(silent)).not.toMatch(/owner|Hazel|Layoffs/);

  await preview("title");
  const { id, link: closed } = await createTransfer(owner, { title: "Layoffs in autumn" });
  await deleteTransfer(owner, { id });
  expect((await headOf(page, closed))["og:title"]).toBe("Files for you");
  // Its status is 404, and Next.js gives every such answer the head of the page that says so: it has no preview at all.
  expect(await headOf(page, "/t/unknown")).toEqual({ title: "Nothing here · Dormouse" });
  const picture = await page.request.get("/icons/preview.png");
  expect([picture.status(), picture.headers()["content-type"]]).toEqual([200, "image/png"]);
});

test("the site has icons of all sizes and a manifest that names them", async ({ page }) => {
  await page.goto("/welcome");
  const href = (rel: string) => page.locator(`link[rel="${rel}"]`).first().getAttribute("href");
  const manifest = await page.request.get((await href("manifest")) ?? "");
  expect(manifest.headers()["content-type"]).toContain("manifest+json");
  const { icons } = (await manifest.json()) as { icons: { src: string; sizes: string; purpose?: string }[] };
  expect(icons.map(({ sizes }) => sizes)).toEqual(["192x192", "512x512", "512x512"]);
  expect(icons.some(({ purpose }) => purpose === "maskable")).toBe(true);
  const paths = [...icons.map(({ src }) => src), await href("icon"), await href("apple-touch-icon"), "/favicon.ico"];
  for (const path of paths) expect((await page.request.get(path ?? "/missing")).status(), `${path}`).toBe(200);
  const robots = await (await page.request.get("/robots.txt")).text();
  expect(robots).toContain("Disallow: /t/*/files");
});
