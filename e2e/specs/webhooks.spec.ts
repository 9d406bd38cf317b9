/** Webhooks: made in the settings, told of a transfer, signed, tried again, and shown with what became of them. */
import { Webhook } from "standardwebhooks";
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { test as base, expect } from "../fixtures.ts";
import { expectPageWithoutFaults } from "../page-checks.ts";
import { type Receiver, withReceiver } from "../receiver.ts";

const test = base.extend<{ receiver: Receiver }>({ receiver: async ({}, use) => withReceiver(use) });

for (const [width, height, colorScheme] of [
  [1280, 900, "light"],
  [360, 740, "light"],
  [1280, 900, "dark"],
] as const) {
  test(`at ${width} wide and ${colorScheme}, a webhook is made and told that a transfer is ready; what fails comes again`, async ({
    page,
    signIn,
    workspace,
    receiver,
  }, info) => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await signIn(page.context());
    await page.goto("/settings");
    const section = page.getByRole("region", { name: "Webhooks" });
    await expect(section.getByText("There are none.")).toBeVisible();
    await section.getByRole("button", { name: "New webhook" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("URL").fill("nowhere");
    await dialog.getByRole("button", { name: "Make webhook" }).click();
    await expect(dialog.getByText("begins with https://")).toBeVisible();
    await page.screenshot({ path: info.outputPath("new.png") });
    await dialog.getByLabel("URL").fill(receiver.url);
    await dialog.getByLabel("Description").fill("The archive");
    await dialog.getByRole("button", { name: "Make webhook" }).click();
    await expect(page.getByRole("dialog", { name: "Its secret" })).toBeVisible();
    const secret = (await dialog.getByText(/^whsec_/).textContent()) ?? "";
    await page.screenshot({ path: info.outputPath("secret.png") });
    await dialog.getByRole("button", { name: "Done" }).click();
    await expect(section.getByText(receiver.url)).toBeVisible();

    receiver.failFirst = 1;
    const owner = workspace.as("owner");
    const { id } = await createTransfer(owner, { title: "Plans" });
    await sendFile(owner, id, 0, "plan.txt", Buffer.from("a plan"));
    await sealTransfer(owner, { transferId: id });
    await expect.poll(() => receiver.received.length, { timeout: 120_000 }).toBe(2);
    const [first, second] = receiver.received;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    const payload = new Webhook(secret).verify(second?.body ?? "", second?.headers as Record<string, string>);
    expect(payload).toMatchObject({
      type: "transfer.ready",
      data: { transfer: { id, title: "Plans", state: "ready" } },
    });

    await section.getByRole("button", { name: "Send test" }).click();
    await expect.poll(() => receiver.received.length, { timeout: 30_000 }).toBe(3);
    await section.getByRole("button", { name: "Messages" }).click();
    await expect(async () => {
      await dialog.getByRole("button", { name: "Look again" }).click();
      await expect(dialog.getByText("Delivered")).toHaveCount(2, { timeout: 1000 });
    }).toPass();
    await expect(dialog.getByText("not yet")).toBeVisible();
    await page.screenshot({ path: info.outputPath("messages.png") });
    await dialog.getByRole("button", { name: "Send transfer.ready once more" }).click();
    await expect.poll(() => receiver.received.length, { timeout: 30_000 }).toBe(4);
    expect(receiver.received[3]?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    await dialog.getByRole("button", { name: "Done" }).click();
    await expectPageWithoutFaults(page, `settings-webhooks-${width}-${colorScheme}`);
    await section.screenshot({ path: info.outputPath("section.png") });

    await section.getByRole("button", { name: "Pause" }).click();
    await expect(section.getByText("Paused", { exact: true })).toBeVisible();
    await section.getByRole("button", { name: /^Delete/ }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
    await expect(section.getByText("There are none.")).toBeVisible();
  });
}
