/** Whether people reach what covers a page: in a low window, and with the browser's Back. */
import type { Locator, Page } from "playwright/test";
import { expect } from "./fixtures.ts";
import { expectAccessible } from "./page-checks.ts";

/** A phone on its side, or a small laptop at a zoom of 200 %. */
export const LOW_VIEWPORT = { width: 640, height: 360 };

/** In a low window a dialog lies inside it, each of its controls can be scrolled to, and its buttons are in sight at once. */
export async function expectReachable(page: Page, dialog: Locator, name: string): Promise<void> {
  await expect(dialog).toBeInViewport({ ratio: 1 });
  for (const control of await dialog.getByRole("button").all()) {
    await expect(control, `a button of ${name}`).toBeInViewport({ ratio: 1 });
  }
  const controls = dialog.locator("button, a[href], input:not([type=hidden]), select, textarea");
  for (const control of await controls.all()) await control.click({ trial: true, timeout: 15_000 });
  await expectAccessible(page, name);
}

/** Back closes what covers the page and stays on it, which then scrolls again and has the focus on one of its controls. */
export async function expectBackCloses(page: Page, dialog: Locator): Promise<void> {
  const here = page.url();
  await page.evaluate(() => Object.assign(window, { stayed: true }));
  await page.evaluate(() => history.back());
  await expect(dialog).toHaveCount(0);
  await page.waitForFunction(() => {
    const locks = [document.documentElement, document.body].map((part) => getComputedStyle(part).overflowY);
    return !locks.some((overflow) => /hidden|clip/.test(overflow)) && document.activeElement !== document.body;
  });
  expect(page.url()).toBe(here);
  expect(await page.evaluate(() => "stayed" in window), "the page was not loaded again").toBe(true);
}
