/** Every dialog of the workspace's pages, in a window of 640 by 360 pixels, and closed by the browser's Back. */

import { addDeliveries } from "#lib/deliveries/add-deliveries.ts";
import { listDeliveries } from "#lib/deliveries/list-deliveries.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible } from "../page-checks.ts";
import { expectBackCloses, expectReachable, LOW_VIEWPORT } from "../reach.ts";
import { withTwelveBatches } from "../run-scenes.ts";

test("dialogs are reached in a low window, and Back closes them", async ({ page, signIn, workspace }) => {
  const owner = workspace.as("owner");
  const { id } = await createTransfer(owner, { title: "Contract" });
  await addDeliveries(owner, { transferId: id, recipients: [{ email: "ana@example.org" }] });
  expect((await listDeliveries(owner, { id })).length).toBe(1);
  const scene = await withTwelveBatches(workspace);
  await page.setViewportSize(LOW_VIEWPORT);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await signIn(page.context());
  await page.goto("/transfers");
  await page.getByRole("link", { name: "Contract" }).click();
  await expect(page.getByRole("heading", { name: "Contract" })).toBeVisible();
  const here = page.url();

  const press = (name: string | RegExp) => page.getByRole("button", { name, exact: true }).click();
  const choose = async (menu: string, item: string) => {
    await press(menu);
    const choice = page.getByRole("menuitem", { name: item, exact: true });
    await expect(choice).toBeInViewport({ ratio: 1 });
    await choice.click();
  };
  const openers: [string, () => Promise<void>][] = [
    ["Edit", () => press("Edit")],
    ["Change expiry", () => press("Change expiry")],
    ["Replace link", () => choose("Actions for Contract", "Replace link")],
    ["Close personal link", () => choose("Actions for ana@example.org", "Close personal link")],
    ["Tell me by mail", () => press("Tell me by mail")],
  ];
  for (const [name, open] of openers) {
    await open();
    const dialog = page.getByRole(/^(Replace|Close)/.test(name) ? "alertdialog" : "dialog");
    await expectReachable(page, dialog, name);
    await expectBackCloses(page, dialog);
  }
  // One that was closed by its button has left nothing behind: the next Back leaves the page.
  await press("Edit");
  await press("Cancel");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.waitForFunction(() => !(history.state as { dialogs?: number }).dialogs);
  await page.goBack();
  await expect(page.getByRole("heading", { name: "My transfers" })).toBeVisible();
  await page.goForward();
  await expect(page.getByRole("heading", { name: "Contract" })).toBeVisible();
  expect(page.url()).toBe(here);

  await page.goto(`/transfers/${scene.id}`);
  await press(/^Delivery/);
  await page
    .getByRole("list", { name: "Steps" })
    .getByRole("button", { name: /^Pictures/ })
    .click();
  const step = page.getByRole("dialog", { name: "Pictures" });
  await expect(step).toBeInViewport({ ratio: 1 });
  await step.getByText("7 batches still to come.").scrollIntoViewIfNeeded();
  await expect(step.getByText("7 batches still to come.")).toBeInViewport({ ratio: 1 });
  await expect(step.getByRole("button", { name: "Close" })).toBeInViewport({ ratio: 1 });
  await expectBackCloses(page, step);
});

test("a file is taken out and put back from its own row, by the keyboard, and closed and opened by hand", async ({
  page,
  signIn,
  workspace,
}) => {
  const owner = workspace.as("owner");
  const { id } = await createTransfer(owner, { title: "Two sheets" });
  await sendFile(owner, id, 0, "one.txt", Buffer.from("one"));
  await sendFile(owner, id, 1, "two.txt", Buffer.from("two"));
  await sealTransfer(owner, { transferId: id });
  await makeReady(owner, id, 0);
  await makeReady(owner, id, 1);
  await signIn(page.context());
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`/transfers/${id}`);
  const actions = (name: string) => page.getByRole("button", { name: `Actions for ${name}` });
  const files = page.getByRole("region", { name: "Files", exact: true });
  await actions("two.txt").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Close it by hand" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu")).toHaveCount(0);
  await expect(actions("two.txt")).toBeFocused();

  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Take out of the transfer" })).toBeVisible();
  await page.keyboard.press("End");
  await expect(page.getByRole("menuitem", { name: "Take out of the transfer" })).toBeFocused();
  await page.keyboard.press("Enter");
  const question = page.getByRole("alertdialog");
  await expect(question).toBeVisible();
  await expect(page.getByRole("menuitem")).toHaveCount(0);
  // The menu has gone, and has not taken the focus back from the question.
  expect(await question.evaluate((dialog) => dialog.contains(document.activeElement))).toBe(true);
  await question.getByRole("button", { name: "Take out" }).press("Enter");
  await expect(files.getByText("two.txt")).toHaveCount(0);
  await expect(files.getByText("one.txt")).toBeVisible();
  await expectAccessible(page, "a transfer of which a file was taken out");
  await page
    .getByRole("region", { name: "Files that were taken out" })
    .getByRole("button", { name: "Put back two.txt" })
    .press("Enter");
  await expect(files.getByText("two.txt")).toBeVisible();
  await expect(page.getByRole("region", { name: "Files that were taken out" })).toHaveCount(0);

  await actions("one.txt").click();
  await page.getByRole("menuitem", { name: "Close it by hand" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Close it" }).click();
  await expect(files.getByRole("listitem").filter({ hasText: "one.txt" })).toContainText("blocked");
  await actions("one.txt").click();
  await page.getByRole("menuitem", { name: "Open it by hand" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Open it" }).click();
  await expect(files.getByRole("link", { name: "Download one.txt" })).toBeVisible();
});
