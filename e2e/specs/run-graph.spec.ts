/** The delivery of a transfer on its page: drawn, listed, live, and quiet when nobody looks. */
import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page } from "playwright/test";
import { putRun, putSteps } from "#lib/testing/runs.ts";
import { expect, test } from "../fixtures.ts";
import {
  beforeFirstRun,
  delivered,
  failedInScan,
  fromNow,
  SCANNER_GONE,
  type Scene,
  TOO_MANY_PIXELS,
  threeWaves,
  withTwelveBatches,
} from "../run-scenes.ts";

const delivery = (page: Page): Locator => page.getByRole("region", { name: "Delivery" });
const steps = (page: Page): Locator => delivery(page).getByRole("list", { name: "Steps" });
const drawn = (page: Page, state: string): Locator => page.locator(`.react-flow__node[data-id="${state}"]`);

async function open(page: Page, { id }: Scene): Promise<void> {
  await page.goto(`/transfers/${id}`);
  await expect(delivery(page)).toBeVisible();
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join("\n")}`)).toEqual(
    [],
  );
}

/** Requests for runs that a page makes, counted from now on. */
function countRequests(page: Page): { count: number } {
  const seen = { count: 0 };
  page.on("request", (request) => {
    if (request.url().includes("/runs?")) seen.count += 1;
  });
  return seen;
}

/** As a browser tells a page that its tab has been covered, or has come back. */
const setVisible = (page: Page, visible: boolean): Promise<void> =>
  page.evaluate(
    (state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    },
    visible ? "visible" : "hidden",
  );

test("before the first run the page says what will happen, and draws nothing", async ({ page, signIn, workspace }) => {
  await signIn(page.context());
  const scripts: string[] = [];
  page.on("response", (response) => {
    if (response.url().endsWith(".js")) scripts.push(response.url());
  });
  await open(page, await beforeFirstRun(workspace));
  await expect(delivery(page)).toContainText("Files are checked as soon as they arrive.");
  await expect(page.locator(".react-flow")).toHaveCount(0);
  await expectAccessible(page);
  const before = scripts.length;
  await open(page, await withTwelveBatches(workspace));
  await expect(drawn(page, "Check")).toBeVisible();
  expect(scripts.length, "the drawing's library comes with the first drawing").toBeGreaterThan(before);
});

test("what the workflow writes appears by itself, and the page is quiet once the run is over", async ({
  page,
  signIn,
  workspace,
}) => {
  await signIn(page.context());
  const scene = await withTwelveBatches(workspace);
  await open(page, scene);
  await expect(drawn(page, "Scan")).toContainText("not yet");
  await putSteps(scene.of, [{ state: "Scan", startedAt: fromNow(0), done: 40, total: 1204 }]);
  await expect(drawn(page, "Scan")).toContainText("40 of 1,204 files");
  await expect(steps(page).getByRole("button", { name: /^Virus scan running/ })).toBeVisible();

  await putSteps(scene.of, [
    { state: "Scan", startedAt: fromNow(-1), finishedAt: fromNow(0), done: 1204, total: 1204 },
  ]);
  await putRun(scene.of, { startedAt: fromNow(-80), finishedAt: fromNow(-20), state: "succeeded", files: 1204 });
  await expect(delivery(page).getByRole("status")).toHaveText("The delivery is finished.");
  await expect(delivery(page)).toContainText("1,204 files delivered · 1 min 0 s");
  const requests = countRequests(page);
  await expect.poll(() => requests.count, { intervals: [3000], timeout: 4000 }).toBe(0);
});

test("of several runs the newest is shown, and the others by their tabs", async ({ page, signIn, workspace }) => {
  await signIn(page.context());
  await open(page, await threeWaves(workspace));
  const tabs = delivery(page).getByRole("tab");
  await expect(tabs).toHaveText(["Run 320 files, running", "Run 28 files, delivered", "Run 14 files, delivered"]);
  await expect(tabs.first()).toHaveAttribute("aria-selected", "true");
  await expect(drawn(page, "Scan")).toContainText("9 of 20 files");
  await tabs.first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(delivery(page)).toContainText("4 files delivered · 30 s");
  await expect(drawn(page, "Scan")).toContainText("4.0 s");
  await expectAccessible(page);
});
