/** What people see and do on the pages: every state, wide and narrow, by day and by night, with keyboard and screen reader. */
import { truncateSync, writeFileSync } from "node:fs";
import type { CDPSession, Page } from "playwright/test";
import { resources } from "#lib/adapters/resources.ts";
import { mintSignInToken } from "#lib/auth/sign-in-token.ts";
import { renewLink } from "#lib/links/renew-link.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { reservation, sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { DAY, type TestWorkspace } from "#lib/testing/workspace.ts";
import { deleteTransfer } from "#lib/transfers/delete-transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { purgeTransfer } from "#lib/transfers/purge-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { reserveFiles } from "#lib/uploads/reserve-files.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectInside } from "../page-checks.ts";
import { expectReachable, LOW_VIEWPORT } from "../reach.ts";

const HOSTILE = [
  "\u202egpj.exe",
  "<img src=x onerror=alert(1)>.html",
  `${"very long name ".repeat(20)}.tar.gz`,
  "a/b/c/d/e/f/g/h/i/j/k/l/m/n/deep.txt",
  "a/b/other.txt",
  "日本語のとても長いファイル名.docx",
];

async function makeTransfer(
  workspace: TestWorkspace,
  { title = "", message = "", paths = ["report.pdf"], expiryDays = 7, sealed = true },
) {
  const owner = workspace.as("owner");
  const transfer = await createTransfer(owner, { title, message, expiryDays });
  for (const [ordinal, path] of paths.entries()) {
    await sendFile(owner, transfer.id, ordinal, path, Buffer.from(path));
    await makeReady(owner, transfer.id, ordinal);
  }
  if (sealed) await sealTransfer(owner, { transferId: transfer.id });
  return transfer;
}

/** A transfer in every state; answers the pages on which each is seen. */
async function makeEveryState(workspace: TestWorkspace) {
  const owner = workspace.as("owner");
  workspace.clock.advance(-10 * DAY);
  const expired = await makeTransfer(workspace, { title: "Expired" });
  workspace.clock.advance(10 * DAY);
  await makeTransfer(workspace, { title: "Ends soon", expiryDays: 1 });
  const hostile = await makeTransfer(workspace, {
    title: `\u202e<script>alert(1)</script> ${"long ".repeat(30)}`,
    message: `<b>words</b>\n${"x".repeat(300)}`,
    paths: HOSTILE,
  });
  const waiting = await makeTransfer(workspace, { title: "Still uploading", sealed: false });
  await reserveFiles(owner, reservation(waiting.id, 1, [{ path: "later.mov", size: 1000 }]));
  const empty = await makeTransfer(workspace, { title: "Empty", paths: [], sealed: false });
  const deleted = await makeTransfer(workspace, { title: "Deleted" });
  await deleteTransfer(owner, { id: deleted.id });
  const purged = await makeTransfer(workspace, { title: "Purged" });
  await deleteTransfer(owner, { id: purged.id });
  await purgeTransfer(owner, { id: purged.id });
  const replaced = await makeTransfer(workspace, { title: "Replaced" });
  await renewLink(owner, { id: replaced.id });
  const own = { expired, hostile, waiting, empty, deleted, purged };
  return {
    own: [
      "/transfers",
      "/transfers?in=trash",
      "/device",
      "/device?code=unknown",
      "/transfers/unknown",
      "/api-docs",
      ...Object.values(own).map(({ id }) => `/transfers/${id}`),
    ],
    guests: [...Object.values({ ...own, replaced }).map(({ link }) => link), "/t/unknown"],
  };
}

/** What a page says on the console, apart from the status of the page itself. */
function listen(page: Page): string[] {
  const said: string[] = [];
  page.on("console", (message) => {
    if (!/the server responded with a status of 4\d\d/.test(message.text()))
      said.push(`${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => said.push(error.message));
  return said;
}

/** By day and wide, by night and narrow, and at the width that a zoom of 400 % leaves. */
async function expectSoundPage(page: Page, path: string): Promise<void> {
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  await expectAccessible(page, `${path} by day`);
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  await page.setViewportSize({ width: 375, height: 740 });
  await expectAccessible(page, `${path} by night`);
  await expectInside(page, `${path} at 375 px`);
  await page.setViewportSize({ width: 320, height: 600 });
  await expectInside(page, `${path} at 320 px`);
}

const sessions = new WeakMap<Page, Promise<CDPSession>>();

/** Makes S3 slow for this page, so that what happens on the way can be seen. Bytes a second. */
async function throttle(page: Page, uploadThroughput: number): Promise<void> {
  const opened = sessions.get(page) ?? page.context().newCDPSession(page);
  sessions.set(page, opened);
  const session = await opened;
  const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput };
  await session.send("Network.emulateNetworkConditions", conditions);
}

const file = (name: string, size: number) => ({ name, mimeType: "", buffer: Buffer.alloc(size, name) });
const send = (page: Page) => page.getByRole("button", { name: "Create link and send" }).click();
const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true });

test("every page in every state is sound for everyone, and silent on the console", async ({
  page,
  signIn,
  workspace,
}) => {
  const { own, guests } = await makeEveryState(workspace);
  const said = listen(page);
  for (const path of ["/welcome", "/welcome/unknown", "/nowhere", ...guests]) await expectSoundPage(page, path);
  await signIn(page.context());
  for (const path of own) await expectSoundPage(page, path);
  expect(said).toEqual([]);
});

test("title, message, end and link of a transfer are changed where they are shown", async ({
  page,
  signIn,
  workspace,
  baseURL,
}) => {
  const { id, link } = await makeTransfer(workspace, {});
  await signIn(page.context());
  await page.goto(`/transfers/${id}`);
  await expect(page.locator("code")).toHaveText(`${baseURL}${link}`);

  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const title = page.getByRole("textbox", { name: "Title" });
  await title.fill("x".repeat(201));
  await page.getByRole("button", { name: "Save" }).click();
  await expect(title).toHaveAccessibleDescription(/at most 200 characters; this has 201/);
  await title.fill("Portfolio");
  await page.getByRole("textbox", { name: "Message" }).fill("Here it is.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(heading(page, "Portfolio")).toBeVisible();
  await expect(page.getByRole("article").getByText("Here it is.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Edit", exact: true })).toBeFocused();

  const extend = page.getByRole("button", { name: "Change expiry", exact: true });
  await extend.click();
  await expectAccessible(page, "the dialog for the end");
  await page.getByRole("radio", { name: "On a date" }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toContainText("at most 90 days away");
  await page.getByRole("radio", { name: /^In 30 days/ }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("It now expires in 30 days")).toBeVisible();
  await extend.click();
  await page.keyboard.press("Escape");
  await expect(extend).toBeFocused();

  const menu = page.getByRole("button", { name: "Actions for Portfolio" });
  await menu.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Replace link" }).press("Enter");
  await expect(page.getByRole("alertdialog")).toContainText("stops working at once");
  await page.getByRole("button", { name: "Replace link" }).press("Enter");
  await expect(page.locator("code")).not.toHaveText(`${baseURL}${link}`);
  await expect(menu).toBeFocused();
});

test("a deletion is undone from its toast, later from the trash, and nothing goes for good but by a second act", async ({
  page,
  signIn,
  workspace,
}) => {
  const owner = workspace.as("owner");
  const { id } = await makeTransfer(workspace, { title: "Contract" });
  const seen = async () => (await getTransfer(owner, { id })).transfer;
  await expect.poll(async () => (await seen()).state).toBe("ready");
  await signIn(page.context());
  const contract = page.getByRole("listitem").filter({ hasText: "Contract" });
  const trash = page.getByRole("link", { name: "Trash", exact: true });
  const remove = async () => {
    await page.getByRole("button", { name: "Actions for Contract" }).click();
    await page.getByRole("menuitem", { name: "Delete", exact: true }).click();
    await expect(page.getByText("Deleted Contract")).toBeVisible();
    await expect(contract).toHaveCount(0);
  };
  await page.goto("/transfers");
  await trash.click();
  await expect(page.getByText("The trash is empty.")).toBeVisible();
  await expectAccessible(page, "an empty trash");
  await page.getByRole("link", { name: "Back to transfers" }).click();
  await remove();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Contract is back")).toBeVisible();
  await expect(contract).toContainText("1 file");
  await expect(contract).not.toContainText("Ready");

  await remove();
  // The toast goes by itself, and then the page: neither decides about files.
  await expect(page.getByText("Deleted Contract")).toBeHidden();
  await trash.click();
  await expect(contract).toContainText("can be restored until");
  expect((await seen()).restorableUntil).toBeDefined();
  await page.getByRole("button", { name: "Restore Contract" }).click();
  await expect(page.getByText("Contract is back")).toBeVisible();
  await expect(contract).toHaveCount(0);

  await page.goto(`/transfers/${id}`);
  await page.getByRole("button", { name: "Actions for Contract" }).click();
  await page.getByRole("menuitem", { name: "Delete", exact: true }).click();
  await expect(page.getByText("you can restore it; then its files go for good.")).toBeVisible();
  await page.getByRole("button", { name: "Restore Contract" }).click();
  await expect(page.getByRole("button", { name: "Actions for Contract" })).toBeFocused();
  await page.getByRole("button", { name: "Actions for Contract" }).click();
  await page.getByRole("menuitem", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Actions for Contract" }).click();
  await page.getByRole("menuitem", { name: "Delete for good" }).click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByText("This transfer was deleted, and its files are gone for good")).toBeVisible();
  expect((await seen()).purged).toBe(true);
});

test("sending goes on while pages change, tells how far it is, and is paused and resumed by the keyboard", async ({
  page,
  signIn,
}, info) => {
  const said = listen(page);
  const [film, notes] = ["film.mov", "notes.txt"].map((name) => info.outputPath(name)) as [string, string];
  writeFileSync(film, "");
  truncateSync(film, 12_000_000);
  writeFileSync(notes, "0123456789");
  await signIn(page.context());
  await page.goto("/transfers");
  await page.getByTestId("files").setInputFiles([film, notes]);
  await page.getByRole("textbox", { name: "Title" }).fill("Dailies");
  // So slow that it is still being sent when all of it has been looked at.
  await throttle(page, 40_000);
  await send(page);
  await expect(heading(page, "Sending")).toBeFocused();
  await expect(page.getByText("Sending has begun.")).toBeAttached();
  await expect(page).toHaveTitle(/^[1-9]\d* % · /);
  await expect(page.locator("link[rel=icon]").last()).toHaveAttribute("href", /^data:image\/svg/);
  await expectAccessible(page, "the panel while sending");

  await page.getByRole("list").getByRole("link", { name: "Dailies" }).click();
  await expect(heading(page, "Dailies")).toBeVisible();
  await expect(heading(page, "Sending")).toBeVisible();
  await page.getByRole("button", { name: "Pause" }).press("Enter");
  await throttle(page, -1);
  await expect(heading(page, "Paused")).toBeVisible();
  await expect(page.getByText("Sending is paused.")).toBeAttached();
  await expect(page.getByRole("button", { name: "Resume" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(heading(page, "Sent")).toBeVisible();
  await expect(page.getByText("All 2 files have been sent.")).toBeAttached();
  await expect(page).toHaveTitle("Dailies · Dormouse");
  await expect(page.locator("article header").getByText(/^(Being checked|Ready)$/)).toBeVisible();
  await page.getByRole("link", { name: "All transfers" }).click();
  await expect(heading(page, "My transfers")).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("button", { name: "Choose files" })).toBeFocused();
  expect(said).toEqual([]);
});

test("leaving in the middle of sending is asked about, and so is signing out", async ({ page, signIn }) => {
  await signIn(page.context());
  await page.goto("/transfers");
  await page.getByTestId("files").setInputFiles(file("film.mov", 6_000_000));
  await throttle(page, 50_000);
  await send(page);
  await expect(heading(page, "Sending")).toBeVisible();
  await page.setViewportSize(LOW_VIEWPORT);
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  const asking = page.getByRole("alertdialog");
  await expect(asking).toContainText("not sent");
  await expectReachable(page, asking, "signing out in the middle of sending");
  await page.getByRole("button", { name: "Go on sending" }).click();
  await expect(asking).toHaveCount(0);
  const [dialog] = await Promise.all([page.waitForEvent("dialog"), page.close({ runBeforeUnload: true })]);
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await page.getByRole("button", { name: "Cancel all" }).click();
  await expectReachable(page, asking, "cancelling what is being sent");
  await page.getByRole("button", { name: "Cancel all" }).last().click();
  await expect(page.getByText("Drop files or folders anywhere")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "film.mov" })).toHaveCount(0);
});

test("a file that the storage refuses is told apart, retried, and the transfer is finished", async ({
  page,
  signIn,
  dormouse,
}) => {
  let refusing = true;
  await page.route(new RegExp(`:${dormouse.port + 1}/.*/1\\?`), (route) =>
    refusing && route.request().method() === "PUT"
      ? route.fulfill({
          status: 400,
          headers: { "access-control-allow-origin": "*" },
          body: "<Error><Code>EntityTooLarge</Code><Message>Your proposed upload exceeds</Message></Error>",
        })
      : route.continue(),
  );
  await signIn(page.context());
  await page.goto("/transfers");
  await page.getByTestId("files").setInputFiles([file("good.bin", 10), file("bad.bin", 20)]);
  await send(page);
  await expect(heading(page, "Some files could not be sent")).toBeVisible();
  await expect(page.getByText("It is larger than the storage takes.")).toBeVisible();
  await expect(page.getByText("One file could not be sent.").first()).toBeAttached();
  await expectAccessible(page, "the panel with a failed file");
  refusing = false;
  await page.getByRole("button", { name: "Retry bad.bin" }).click();
  await expect(heading(page, "Sent")).toBeVisible();
});

test("a lost network is waited out; a session that has ended is told, and sending goes on after signing in", async ({
  page,
  context,
  signIn,
}) => {
  await signIn(context);
  await page.goto("/transfers");
  await page.getByTestId("files").setInputFiles(file("film.mov", 3_000_000));
  await throttle(page, 200_000);
  await send(page);
  await expect(heading(page, "Sending")).toBeVisible();
  await context.setOffline(true);
  await expect(heading(page, "Waiting for the network")).toBeVisible();
  await context.clearCookies();
  await context.setOffline(false);
  await expect(page.getByText("You have been signed out.")).toBeVisible();
  await signIn(context);
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(heading(page, "Sent")).toBeVisible();
});

test("what can't be sent is said where it is: too long a title, no file, a file that has changed", async ({
  page,
  signIn,
}, info) => {
  const path = info.outputPath("changing.bin");
  writeFileSync(path, "before");
  await signIn(page.context());
  await page.goto("/transfers");
  await drop(page, []);
  await expect(page.getByRole("alert").filter({ hasText: "There is no file in that" })).toBeVisible();

  await page.getByTestId("files").setInputFiles(path);
  await expect(heading(page, "1 file, 6 bytes")).toBeFocused();
  const title = page.getByRole("textbox", { name: "Title" });
  await title.fill("x".repeat(201));
  await send(page);
  await expect(title).toBeFocused();
  await expect(title).toHaveAccessibleDescription(/at most 200 characters/);
  await expectAccessible(page, "the form with an error");
  await title.fill("Changing");
  writeFileSync(path, "after, and longer");
  await send(page);
  await expect(page.getByText("It was changed, moved or removed")).toBeVisible();
  await page.getByRole("button", { name: "Finish without it" }).click();
  await expect(heading(page, "Cancelled")).toBeVisible();
});

/** Drags files of a few bytes over the window, as soon as that is noticed, and drops them. */
async function drop(page: Page, names: string[], promise = "Let go to begin a new transfer"): Promise<void> {
  const overlay = page.getByTestId("drop-overlay");
  await expect(async () => {
    await drag(page, names, "dragover");
    await expect(overlay).toBeVisible({ timeout: 2000 });
  }).toPass();
  await expect(overlay).toContainText(promise);
  await drag(page, names, "drop");
  await expect(overlay).toBeHidden();
}

const drag = (page: Page, names: string[], type: "dragover" | "drop") =>
  page.evaluate(
    ({ names, type }) => {
      const dataTransfer = new DataTransfer();
      for (const name of names) dataTransfer.items.add(new File([name], name));
      // A DataTransfer without files does not say that it may carry some.
      if (names.length === 0) Object.defineProperty(dataTransfer, "types", { value: ["Files"] });
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    },
    { names, type },
  );

test("files are taken wherever they are dropped or pasted, but not out of a field", async ({
  page,
  signIn,
  workspace,
}) => {
  const { id } = await makeTransfer(workspace, { title: "Elsewhere" });
  await signIn(page.context());
  await page.goto(`/transfers/${id}`);
  await drop(page, ["one.txt"], "Let go to begin a new transferThe transfer on this page stays as it is.");
  await expect(heading(page, "1 file, 7 bytes")).toBeVisible();
  const paste = (selector: string) =>
    page.locator(selector).evaluate((element) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "words");
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    });
  await paste("textarea");
  await paste("main");
  await expect(heading(page, "2 files, 12 bytes")).toBeVisible();
  await expect(page.getByText("pasted.txt")).toBeVisible();
  await drop(page, ["two.txt"], "Let go to add them");
  await expect(heading(page, "3 files, 19 bytes")).toBeVisible();
});

test("a browser that takes no cookies is told so before it uses a sign-in link up", async ({ page, dormouse }) => {
  const token = mintSignInToken({ keys: resources.signInKeys, now: new Date() });
  await page.addInitScript(() =>
    Object.defineProperty(document, "cookie", { configurable: true, get: () => "", set: () => undefined }),
  );
  const signIn = page.getByRole("button", { name: "Sign in" });
  const path = `${dormouse.url}/welcome/${token}`;
  for (let tries = 0; tries < 2; tries++) {
    await page.goto(path);
    // Who signs in first gives names as well.
    for (const name of await page.getByRole("textbox").all()) await name.fill("Ana");
    await signIn.click();
    await expect(page.getByRole("alert").filter({ hasText: "blocks cookies" })).toBeVisible();
  }
  await expectAccessible(page, "a browser without cookies");
  expect(await page.context().cookies()).toEqual([]);
});

test("of ten thousand files only those in view are drawn, and the one that has the focus", async ({ page, signIn }) => {
  await signIn(page.context());
  await page.goto("/transfers");
  await drop(
    page,
    Array.from({ length: 10_000 }, (_, index) => `${index}.txt`),
  );
  const list = page.getByRole("region", { name: "Files to send" });
  await expect(heading(page, "10,000 files, 78.9 KB")).toBeVisible();
  const first = page.getByRole("button", { name: "Remove 0.txt" });
  await first.focus();
  await list.evaluate((box) => box.scrollTo(0, box.scrollHeight));
  await expect(page.getByRole("button", { name: "Remove 9999.txt" })).toBeVisible();
  expect(await list.getByRole("listitem").count()).toBeLessThan(40);
  await expect(first).toBeFocused();
  await expect(list.getByRole("listitem").last()).toHaveAttribute("aria-setsize", "10000");
});

test("a guest needs no script: folders open and files download", async ({ browser, workspace, baseURL }) => {
  const paths = Array.from({ length: 84 }, (_, index) => `Stills/${index % 2 ? "day" : "night"}/${index}.txt`);
  const { link } = await makeTransfer(workspace, { title: "Stills", paths });
  const context = await browser.newContext({ javaScriptEnabled: false, ...(baseURL ? { baseURL } : {}) });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByText("night", { exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download 0.txt" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("0.txt");
  await context.close();
});
