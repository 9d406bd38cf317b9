/** The main journey, from the drop to the download and on to the trash, at each size that people look through. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright/test";
import { sampleJpeg } from "#lib/inspection/testing/samples.ts";
import { expect, openWhenChecked, test } from "../fixtures.ts";
import { expectAccessible, expectInside } from "../page-checks.ts";
import { LOW_VIEWPORT } from "../reach.ts";

const LOOKS = [
  { width: 1280, height: 900, colorScheme: "light" },
  { ...LOW_VIEWPORT, colorScheme: "dark" },
  { width: 360, height: 740, colorScheme: "light" },
] as const;

for (const { width, height, colorScheme } of LOOKS) {
  test(`at ${width}x${height} a transfer is sent, opened, looked at, downloaded, deleted and restored`, async ({
    browser,
    page,
    signIn,
  }) => {
    const look = async (at: Page) => {
      await at.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await at.setViewportSize({ width, height });
    };
    const sound = async (at: Page, name: string) => {
      await expectAccessible(at, name);
      await expectInside(at, name);
    };
    await look(page);
    await signIn(page.context());
    await page.goto("/transfers");
    await sound(page, "before the first transfer");
    const picture = Buffer.from(await sampleJpeg());
    await page.getByTestId("files").setInputFiles([
      { name: "dusk.jpg", mimeType: "image/jpeg", buffer: picture },
      { name: "Read me.txt", mimeType: "text/plain", buffer: Buffer.from("The best is dusk.") },
    ]);
    await page.getByLabel("Title").fill("An evening");
    await page.getByRole("textbox", { name: "Recipients" }).pressSequentially("selma@example.org,");
    await sound(page, "what is going to be sent");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Sent", exact: true })).toBeVisible();
    await sound(page, "what was sent");
    const link = (await page.locator("code").first().textContent()) ?? "";

    const visitor = await browser.newContext();
    const guest = await visitor.newPage();
    await look(guest);
    await openWhenChecked(guest, link);
    await sound(guest, "what the recipient sees");
    await guest.getByRole("link", { name: "View dusk.jpg" }).click();
    const viewer = guest.getByRole("dialog", { name: "dusk.jpg" });
    await expect(viewer).toBeInViewport({ ratio: 1 });
    await expect(viewer.getByRole("img", { name: "dusk.jpg" })).toBeInViewport();
    await sound(guest, "a picture in the viewer");
    await guest.goBack();
    await expect(viewer).toHaveCount(0);
    const [download] = await Promise.all([
      guest.waitForEvent("download"),
      guest.getByRole("link", { name: "Download dusk.jpg" }).click(),
    ]);
    expect(readFileSync(await download.path()).equals(picture)).toBe(true);
    await visitor.close();

    await page.goto("/transfers");
    await page.getByRole("link", { name: "An evening" }).first().click();
    await expect(page.getByRole("heading", { name: "An evening" })).toBeVisible();
    await expect(page.getByRole("region", { name: "Files", exact: true }).getByText("dusk.jpg")).toBeVisible();
    await sound(page, "the sender's page");
    await page.getByRole("button", { name: "Actions for An evening" }).click();
    await page.getByRole("menuitem", { name: "Delete", exact: true }).click();
    await expect(page.getByText("you can restore it; then its files go for good.")).toBeVisible();
    await sound(page, "a deleted transfer");
    await page.goto("/transfers?in=trash");
    await sound(page, "the trash");
    await page.getByRole("button", { name: "Restore An evening" }).click();
    await expect(page.getByText("An evening is back")).toBeVisible();
    await page.goto("/transfers");
    await expect(page.getByRole("link", { name: "An evening" }).first()).toBeVisible();
  });
}
