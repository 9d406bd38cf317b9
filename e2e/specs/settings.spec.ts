/** What owners set for the whole workspace, and that others only see it. */
import { truncateSync, writeFileSync } from "node:fs";
import { sampleEicar } from "#lib/inspection/testing/samples.ts";
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { expect, test } from "../fixtures.ts";
import { expectPageWithoutFaults } from "../page-checks.ts";

test("the owner sets when files open, and the next transfer keeps to it", async ({ page, signIn, workspace }, info) => {
  await signIn(page.context());
  const large = info.outputPath("film.mov");
  writeFileSync(large, "");
  truncateSync(large, 2 * 1024 ** 3);
  await page.goto("/settings");
  const scan = page.getByRole("form", { name: "Virus scan" });
  await expect(scan.getByRole("radio", { name: "Scan first, then open" })).toBeChecked();
  await scan.getByRole("radio", { name: "Don't scan" }).check();
  await scan.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved for transfers from now on")).toBeVisible();
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.reload();
  await expect(scan.getByRole("radio", { name: "Don't scan" })).toBeChecked();
  await expectPageWithoutFaults(page, "settings");
  await page.goto("/transfers");
  await page.getByTestId("files").setInputFiles(large);
  await expect(page.getByRole("heading", { name: "1 file, 2.15 GB" })).toBeVisible();

  const owner = workspace.as("owner");
  const { id } = await createTransfer(owner, { title: "Trusted" });
  await sendFile(owner, id, 0, "eicar.com", Buffer.from(sampleEicar()));
  await sealTransfer(owner, { transferId: id });
  const state = async () => (await getTransfer(owner, { id, cursor: undefined })).transfer.state;
  await expect.poll(state).toBe("ready");
  const { files } = await getTransfer(owner, { id, cursor: undefined });
  expect(files.items.map((file) => file.state)).toEqual(["ready"]);
});

test("the owner sets how long what is deleted can be restored; without a trash it is asked about", async ({
  page,
  signIn,
  workspace,
}) => {
  await signIn(page.context());
  await page.goto("/settings");
  const trash = page.getByRole("form", { name: "Trash" });
  const period = trash.getByLabel("Deleted transfers can be restored for");
  await expect(period).toHaveValue("7");
  await period.selectOption("Not at all");
  await trash.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved for what is deleted from now on")).toBeVisible();
  await createTransfer(workspace.as("owner"), { title: "Once only" });
  await page.goto("/transfers");
  await page.getByRole("button", { name: "Actions for Once only" }).click();
  await page.getByRole("menuitem", { name: "Delete", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByText("Its link is closed, and its files go for good.")).toBeVisible();
});

test("limits are written in gigabytes, kept, and told before anything is sent", async ({ page, signIn }) => {
  await signIn(page.context());
  await page.goto("/settings");
  const limits = page.getByRole("form", { name: "Limits" });
  await limits.getByLabel("One file").fill("lots");
  await limits.getByRole("button", { name: "Save" }).click();
  await expect(limits.getByRole("alert")).toHaveText("Write a number of gigabytes, such as 50 or 0.5.");
  await limits.getByLabel("One file").fill("0.000001");
  await limits.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Limits saved")).toBeVisible();
  await page.goto("/transfers");
  const picks = [1000, 1001].map((size) => ({ name: `${size}.txt`, mimeType: "", buffer: Buffer.alloc(size) }));
  await page.getByTestId("files").setInputFiles(picks);
  await page.getByRole("button", { name: "Create link and send" }).click();
  const refusal = page.getByRole("alert").filter({ hasText: "can't be sent" });
  await expect(refusal).toHaveText("“1001.txt” can't be sent. A file may have 1,000 bytes at most here.");
  await expectPageWithoutFaults(page, "composer-refused");
  await page.getByRole("button", { name: "Remove 1001.txt" }).click();
  await page.getByRole("button", { name: "Create link and send" }).click();
  await expect(page.getByRole("heading", { name: "Sent", exact: true })).toBeVisible();
});

test("a viewer sees the settings and can't change them", async ({ page, signIn }) => {
  await signIn(page.context(), "viewer");
  await page.goto("/settings");
  await expect(page.getByLabel("One file")).toBeDisabled();
  await expect(page.getByRole("radio", { name: "Scan first, then open" })).toBeDisabled();
  // Their own name is theirs to change.
  const saves = page.getByRole("button", { name: /^Save/ });
  await expect(saves).toHaveCount(1);
  await expect(page.getByRole("form", { name: "You" }).getByRole("button", { name: /^Save/ })).toHaveCount(1);
  await expect(page.getByLabel("Deleted transfers can be restored for")).toBeDisabled();
  await expect(page.getByText("Owners and admins can change")).toHaveCount(4);
});

test("who is signed in elsewhere is signed out from here, one browser or all others", async ({
  page,
  signIn,
  browser,
  baseURL,
}) => {
  await signIn(page.context());
  const elsewhere = await Promise.all(
    [1, 2, 3].map(async () => {
      const context = await browser.newContext(baseURL ? { baseURL } : {});
      await signIn(context);
      return context.newPage();
    }),
  );
  await page.goto("/settings");
  const sessions = page.getByRole("region", { name: "Where you are signed in" });
  await expect(sessions.getByRole("listitem")).toHaveCount(4);
  await expect(sessions.getByText("This browser")).toHaveCount(1);
  await expectPageWithoutFaults(page, "sessions");
  await sessions
    .getByRole("button", { name: /^Sign out (?!everywhere)/ })
    .first()
    .click();
  await expect(page.getByText("Signed out there")).toBeVisible();
  await expect(sessions.getByRole("listitem")).toHaveCount(3);
  await sessions.getByRole("button", { name: "Sign out everywhere else" }).click();
  await expect(page.getByText("Signed out everywhere else")).toBeVisible();
  await expect(sessions.getByRole("listitem")).toHaveCount(1);
  for (const other of elsewhere) {
    await other.goto("/settings");
    await expect(other).toHaveURL(/\/welcome$/);
    await other.context().close();
  }
  await page.reload();
  await expect(sessions.getByText("This browser")).toBeVisible();
});
