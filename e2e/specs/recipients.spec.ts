/** Recipients from the composer to the mail, and what is known of each of them; with mail as a recipient gets it. */
import { readFileSync } from "node:fs";
import type { BrowserContext, Page } from "playwright/test";
import { setNoticeAddress } from "#lib/members/set-notice-address.ts";
import { publishFiles } from "#lib/testing/publish.ts";
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import type { TestWorkspace } from "#lib/testing/workspace.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { type Dormouse, expect, linkOfInbox, test } from "../fixtures.ts";
import { expectAccessible, expectPageWithoutFaults } from "../page-checks.ts";

/** A transfer that is sent and checked. */
async function makeSent(workspace: TestWorkspace, url: string) {
  const owner = { ...workspace.as("owner"), origin: url };
  const transfer = await createTransfer(owner, { title: "Wedding photos", message: "Have a look.\nAll of it." });
  for (const ordinal of [0, 1, 2])
    await sendFile(owner, transfer.id, ordinal, `day/${ordinal}.jpg`, Buffer.alloc(1000 * (ordinal + 1)));
  await sealTransfer(owner, { transferId: transfer.id });
  await publishFiles(owner, transfer.id, 3);
  return transfer;
}

const field = (page: Page) => page.getByRole("textbox", { name: "Recipients" });
const chips = (page: Page) => page.getByRole("list", { name: "Named so far" }).getByRole("listitem");
const rowOf = (page: Page, name: string) =>
  page.getByRole("region", { name: "Recipients" }).getByRole("listitem").filter({ hasText: name });

/** Of pages; a mail is shown within one. */
const LANDMARKS = ["landmark-one-main", "region"];

test("recipients are typed, pasted, taken back and mended with the keyboard, and go with the transfer", async ({
  page,
  signIn,
  context,
}) => {
  await signIn(context);
  await page.goto("/transfers");
  await page
    .getByTestId("files")
    .setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("hello") });
  await field(page).pressSequentially("ana@example.org,");
  await field(page).pressSequentially("Bob B. <bob@example.org>");
  await page.keyboard.press("Enter");
  await expect(chips(page)).toHaveText(["ana@example.org", "Bob B. <bob@example.org>"]);
  await field(page).evaluate((input) => {
    const data = new DataTransfer();
    data.setData(
      "text",
      "carla@example.org; ANA@example.org\nnot an address, Dan of the long name <dan@with.a.long.domain.example.org>",
    );
    input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await expect(chips(page)).toHaveCount(4);
  await expect(page.getByRole("alert").filter({ hasText: "“not an address” is not an e-mail address." })).toBeVisible();
  await expect(field(page)).toHaveValue("not an address");
  await expectPageWithoutFaults(page, "composer");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(field(page)).toBeFocused();
  await field(page).fill("");
  await page.keyboard.press("Backspace");
  await expect(field(page)).toHaveValue("Dan of the long name <dan@with.a.long.domain.example.org>");
  await field(page).fill("");
  await page.getByRole("button", { name: "Remove carla@example.org" }).click();
  await expect(chips(page)).toHaveCount(2);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("link", { name: "a.txt" }).first().click();
  await expect(rowOf(page, "Bob B.")).toContainText("Waiting");
  await expect(rowOf(page, "ana@example.org")).toContainText("Waiting");
});

test("a press on Send counts what is typed, wherever the pointer lets go of it, and Enter sends nothing", async ({
  page,
  signIn,
  context,
}) => {
  await signIn(context);
  await page.goto("/transfers");
  await page
    .getByTestId("files")
    .setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("hello") });
  const title = page.getByLabel("Title");
  await title.fill("One press");
  await title.press("Enter");
  await expect(page.getByLabel("Message")).toBeFocused();
  await field(page).fill("ana@example.org");
  await field(page).press("Enter");
  await expect(chips(page)).toHaveText(["ana@example.org"]);
  await field(page).press("Enter");
  await field(page).pressSequentially(",;");
  const send = page.getByRole("button", { name: "Send", exact: true });
  const press = async () => {
    const before = await send.boundingBox();
    if (!before) throw new Error("Send is not to be seen");
    // Close to its edge, where a button that moves or shrinks is no longer.
    await page.mouse.move(before.x + 4, before.y + 4);
    await page.mouse.down();
    const { y, ...held } = (await send.boundingBox()) ?? { y: 0 };
    expect(held, "while it is pressed").toEqual({ x: before.x, width: before.width, height: before.height });
    expect(Math.abs(y - before.y), "it sinks in by a pixel at most").toBeLessThanOrEqual(1);
    await page.mouse.up();
  };
  for (const wrong of [
    "nobody",
    "a long one that is no address at all, nor will ever be one, however long one waits",
  ]) {
    await field(page).fill(wrong);
    await press();
    await expect(page.getByRole("alert").filter({ hasText: "is not an e-mail address." })).toBeVisible();
    await expect(field(page)).toBeFocused();
  }
  await field(page).fill("richard.of.the.very.long.name.that.takes.a.line.of.its.own@example.org");
  await press();
  await page.getByRole("link", { name: "One press" }).first().click();
  await expect(rowOf(page, "ana@example.org")).toBeVisible();
  await expect(rowOf(page, "richard.of")).toBeVisible();
});

test("what is written and picked stays while one looks elsewhere, and a file that is picked again is asked about", async ({
  page,
  signIn,
  context,
  workspace,
}) => {
  await createTransfer(workspace.as("owner"), { title: "Another" });
  await signIn(context);
  await page.goto("/transfers");
  const hello = { name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("hello") };
  await page.getByTestId("files").setInputFiles(hello);
  await field(page).fill("Lind, Ana <ana@example.org>; bob@");
  await field(page).press("Enter");
  await page.getByLabel("Title").fill("Kept");
  await page.getByLabel("Message").fill("Look at https://example.org/a.");
  await page.getByLabel("Expires").selectOption({ label: "in 30 days" });
  await page.getByLabel("Downloads").selectOption({ label: "3 times" });
  const isKept = async () => {
    await expect(chips(page)).toHaveText(["Lind, Ana <ana@example.org>"]);
    await expect(field(page)).toHaveValue("bob@");
    await expect(page.getByLabel("Title")).toHaveValue("Kept");
    await expect(page.getByLabel("Message")).toHaveValue("Look at https://example.org/a.");
    await expect(page.getByLabel("Expires")).toHaveValue("30");
    await expect(page.getByLabel("Downloads")).toHaveValue("3");
  };
  await page.getByRole("link", { name: "Another" }).first().click();
  await expect(page.getByRole("heading", { name: "Another", exact: true })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "1 file, 5 bytes" })).toBeVisible();
  await isKept();
  await page.reload();
  await page.getByTestId("files").setInputFiles(hello);
  await expect(page.getByRole("heading", { name: "1 file, 5 bytes" })).toBeVisible();
  await isKept();

  const asked = page.getByRole("group", { name: "Files that are in the list already" });
  const again = async (answer: string, sizes: string) => {
    await page.getByTestId("files").setInputFiles({ ...hello, buffer: Buffer.from("hello again") });
    await expect(asked).toContainText("a.txt");
    await asked.getByRole("button", { name: answer }).click();
    await expect(asked).toBeHidden();
    await expect(page.getByRole("heading", { name: sizes })).toBeVisible();
  };
  await again("Skip", "1 file, 5 bytes");
  await again("Replace", "1 file, 11 bytes");
  await page.getByTestId("files").setInputFiles(hello);
  await expect(asked).toBeVisible();
  await field(page).fill("");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Say first what shall be done" })).toBeVisible();
  await expectAccessible(page, "a file that is picked again");
  await asked.getByRole("button", { name: "Keep both" }).click();
  await expect(page.getByRole("heading", { name: "2 files, 16 bytes" })).toBeVisible();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("link", { name: "Kept" }).first().click();
  const link = page.getByRole("link", { name: "https://example.org/a", exact: true });
  await expect(link).toHaveAttribute("href", "https://example.org/a");
  await expect(link).toHaveAttribute("rel", "noopener noreferrer nofollow ugc");
  await expect(link).toHaveAttribute("target", "_blank");
  await page.goto("/transfers");
  await page.getByTestId("files").setInputFiles(hello);
  await expect(page.getByLabel("Title"), "nothing is left of what was sent").toHaveValue("");
  await expect(chips(page)).toHaveCount(0);
});

test("the sender says where to be told, or nowhere", async ({ page, signIn, context, workspace, dormouse }) => {
  await signIn(context);
  const { id } = await makeSent(workspace, dormouse.url);
  await page.goto(`/transfers/${id}`);
  await page.getByRole("button", { name: "Tell me by mail" }).click();
  const address = page.getByRole("textbox", { name: "Address" });
  await address.fill("nowhere");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toContainText("“nowhere” is not an e-mail address.");
  await address.fill("me@example.org");
  await expectAccessible(page, "notice address");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Tell me at me@example.org" })).toBeVisible();
});

/** The inbox of the local cloud, opened by somebody who is not signed in. */
async function openInbox(context: BrowserContext, { home: folder, port }: Dormouse) {
  const page = await context.newPage();
  const mails = (words: string) => page.getByRole("link", { name: words });
  const home = `http://localhost:${port + 4}/`;
  await page.goto(linkOfInbox(folder, port));
  return {
    page,
    /** Waits for a mail by words of its line in the list, and shows it. */
    async read(words: string): Promise<void> {
      await expect(async () => {
        await page.goto(home);
        expect(await mails(words).count()).toBe(1);
      }).toPass({ timeout: 60_000, intervals: [500] });
      await mails(words).click();
      await expect(page.getByTitle("The message as HTML")).toBeVisible();
    },
    /** Follows a link of the mail that is shown; as a person does, who presses again where a frame has just appeared. */
    async follow(name: string): Promise<Page> {
      const opened: Page[] = [];
      page.on("popup", (popup) => opened.push(popup));
      await expect(async () => {
        if (opened.length === 0) await page.frameLocator("iframe").getByRole("link", { name }).click();
        await expect.poll(() => opened.length, { timeout: 10_000 }).toBe(1);
      }).toPass({ timeout: 60_000 });
      return opened[0] as Page;
    },
  };
}

test("each recipient gets a mail, whose link opens the transfer; the sender sees who opened and who has what", async ({
  browser,
  page,
  signIn,
  context,
  workspace,
  dormouse,
}) => {
  await setNoticeAddress(workspace.as("owner"), { email: "sender@example.org" });
  await signIn(context);
  await page.goto("/transfers");
  await page.getByTestId("files").setInputFiles([
    { name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("hello") },
    { name: "b.txt", mimeType: "text/plain", buffer: Buffer.from("hello, you") },
  ]);
  await field(page).pressSequentially("Anja <anja@example.org>, bert@example.org,");
  await page.getByLabel("Title").fill("Wedding photos");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("link", { name: "Wedding photos" }).first().click();
  await expect(rowOf(page, "Anja")).toContainText("Waiting");

  const outside = await browser.newContext();
  const inbox = await openInbox(outside, dormouse);
  await inbox.read("to anja@example.org");
  await expect(inbox.page.getByRole("heading", { level: 1 })).toHaveText("The owner sent you files: Wedding photos");
  await expectPageWithoutFaults(inbox.page, "mail");
  const framed = await outside.newPage();
  await framed.setContent((await inbox.page.locator("iframe").getAttribute("srcdoc")) ?? "");
  await expectPageWithoutFaults(framed, "mail-in-its-frame", LANDMARKS);
  const anja = await inbox.follow("See the files");
  await expect(anja.getByRole("heading", { name: "Wedding photos" })).toBeVisible();
  await expect(rowOf(page, "Anja"), "by itself").toContainText("Mailed");
  let at = 200;
  await expect(async () => {
    // As a person does, who reads on until the page's script is there.
    await anja.mouse.move(at, at++);
    await page.reload();
    await expect(rowOf(page, "Anja")).toContainText("Opened", { timeout: 1000 });
  }).toPass();

  const [download] = await Promise.all([
    anja.waitForEvent("download"),
    anja.getByRole("link", { name: "Download b.txt" }).click(),
  ]);
  expect(readFileSync(await download.path(), "utf8")).toBe("hello, you");
  await page.reload();
  await expect(rowOf(page, "Anja")).toContainText("Downloaded");
  await expect(rowOf(page, "Anja")).toContainText("has 1 of 2 files, 66 %");
  await expect(page.getByText("1 of 2 recipients downloaded")).toBeVisible();
  await expect(rowOf(page, "bert@example.org")).toContainText("Mailed");
  await expectPageWithoutFaults(page, "recipients");

  await inbox.read("to bert@example.org");
  const bert = await inbox.follow("See the files");
  await expect(bert.getByRole("heading", { name: "Wedding photos" })).toBeVisible();
  await inbox.read("to sender@example.org");
  await expect(inbox.page.getByRole("heading", { level: 1 })).toContainText("Anja");
  await inbox.page.getByRole("link", { name: "All messages" }).click();
  await expectPageWithoutFaults(inbox.page, "inbox");
  await outside.close();
});
