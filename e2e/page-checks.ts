import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright/test";
import { expect } from "./fixtures.ts";

/** No fault that axe finds. `without`: rules of pages that a frame's document need not keep. */
export async function expectAccessible(page: Page, where: string, without: string[] = []): Promise<void> {
  // A page that follows what is on its way draws its head anew.
  if (!without.includes("document-title")) await expect(page).toHaveTitle(/./);
  // A mail's frame runs no script: axe would wait for its own in there for ever.
  const axe = new AxeBuilder({ page }).exclude("iframe[sandbox]");
  // Of what passes nobody reads which elements it was: naming each of them is most of axe's work.
  axe.options({ resultTypes: ["violations"] }).disableRules(without);
  // Run in the page itself: else axe opens a page of its own for each look, which takes twice as long.
  const { violations } = await axe.setLegacyMode(true).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join("\n")}`);
  expect(found, where).toEqual([]);
}

/** Nothing sticks out sideways. */
export async function expectInside(page: Page, where: string): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(over, `${where} sticks out sideways`).toBeLessThanOrEqual(0);
}

/** Resolves when the page is painted in its new colours, and none of them is still on its way. */
async function colorsSettled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    await Promise.allSettled(transitions.map((transition) => transition.finished));
  });
}

/** What is shown, by day and wide, by night and narrow; kept as pictures where SCREENSHOTS names a folder. */
export async function expectPageWithoutFaults(page: Page, name: string, without: string[] = []): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  for (const [scheme, width] of [
    ["light", 1280],
    ["dark", 375],
  ] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 900 });
    await colorsSettled(page);
    await expectAccessible(page, `${name}, ${scheme}`, without);
    await expectInside(page, `${name} at ${width} px`);
    if (folder) await page.screenshot({ path: `${folder}/${name}-${scheme}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
