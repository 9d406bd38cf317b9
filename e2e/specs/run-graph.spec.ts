/** The delivery of a transfer on its page: drawn, listed, live, and quiet when nobody looks. */
import type { Locator, Page } from "playwright/test";
import { putNumbers, putRun, putSteps } from "#lib/testing/runs.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible } from "../page-checks.ts";
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

const MINUTE = 60_000;

const delivery = (page: Page): Locator => page.getByRole("region", { name: "Delivery" });
const steps = (page: Page): Locator => delivery(page).getByRole("list", { name: "Steps" });
const step = (page: Page, name: RegExp): Locator => steps(page).getByRole("button", { name });
const drawn = (page: Page, state: string): Locator => page.locator(`.react-flow__node[data-id="${state}"]`);
const heading = (page: Page): Locator => delivery(page).getByRole("heading").getByRole("button");
const startAgain = (page: Page): Locator => delivery(page).getByRole("button", { name: "Start again" });

async function open(page: Page, { id }: Scene): Promise<void> {
  await page.goto(`/transfers/${id}`);
  await expect(delivery(page)).toBeVisible();
}

/** The graph lies behind the line, also while a run goes on. */
async function openGraph(page: Page, scene: Scene): Promise<void> {
  await open(page, scene);
  await expect(steps(page)).toBeHidden();
  await expect(page.locator(".react-flow")).toHaveCount(0);
  await heading(page).click();
  await expect(steps(page)).toBeVisible();
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
  await expectAccessible(page, "the run");
  const before = new Set(scripts);
  scripts.length = 0;
  await openGraph(page, await withTwelveBatches(workspace));
  await expect(drawn(page, "Check")).toBeVisible();
  expect(scripts.filter((url) => !before.has(url)).length, "the drawing comes with the first run").toBeGreaterThan(0);
});

test("what the workflow writes appears by itself, and the page is quiet once the run is over", async ({
  page,
  signIn,
  workspace,
}) => {
  await signIn(page.context());
  await page.clock.install();
  const scene = await withTwelveBatches(workspace);
  await openGraph(page, scene);
  await expect(heading(page)).toContainText("Pictures, 3 of 12 batches; Video copy, 0 of 1 file · ");
  await expect(drawn(page, "Scan")).toContainText("not yet");
  await expect(step(page, /^Pictures/)).toContainText("1 failed");
  await putSteps(scene.of, [{ state: "Scan", startedAt: fromNow(0), done: 40, total: 1204 }]);
  await expect(drawn(page, "Scan")).toContainText("40 of 1,204 files");
  await expect(heading(page)).toContainText("Virus scan, 40 of 1,204 files");
  await expect(step(page, /^Virus scan running/)).toBeVisible();
  await expectAccessible(page, "the run");

  await putSteps(scene.of, [
    { state: "Scan", startedAt: fromNow(-1), finishedAt: fromNow(0), done: 1204, total: 1204 },
  ]);
  await putNumbers(scene.of, { ready: 1204 });
  await putRun(scene.of, { startedAt: fromNow(-65), finishedAt: fromNow(-5), state: "succeeded", files: 1204 });
  await expect(delivery(page).getByRole("status")).toHaveText(
    "The files are delivered; some previews could not be made.",
  );
  await expect(heading(page)).toContainText("1,204 files delivered · 1 min 0 s · some previews could not be made");
  const requests = countRequests(page);
  const withinAMinute = async () => {
    requests.count = 0;
    await page.clock.runFor(MINUTE);
    return requests.count;
  };
  // A run's last step may still write of itself, so it is looked at for a few seconds more.
  await expect.poll(withinAMinute).toBe(0);
});

test("in a hidden tab the page asks for nothing, and goes on when it is shown again", async ({
  page,
  signIn,
  workspace,
}) => {
  await signIn(page.context());
  await page.clock.install();
  const scene = await withTwelveBatches(workspace);
  await openGraph(page, scene);
  await expect(drawn(page, "Scan")).toContainText("not yet");
  const requests = countRequests(page);
  await expect.poll(() => requests.count).toBeGreaterThan(0);

  await setVisible(page, false);
  await putSteps(scene.of, [{ state: "Scan", startedAt: fromNow(0), done: 40, total: 1204 }]);
  requests.count = 0;
  await page.clock.runFor(10 * MINUTE);
  expect(requests.count).toBe(0);
  await expect(drawn(page, "Scan")).toContainText("not yet");

  await setVisible(page, true);
  await expect(drawn(page, "Scan")).toContainText("40 of 1,204 files");
  await putSteps(scene.of, [{ state: "Scan", startedAt: fromNow(0), done: 700, total: 1204 }]);
  await expect(drawn(page, "Scan")).toContainText("700 of 1,204 files");
});

test("of several runs the newest is shown, and the others by their tabs", async ({ page, signIn, workspace }) => {
  await signIn(page.context());
  await openGraph(page, await threeWaves(workspace));
  const tabs = delivery(page).getByRole("tab");
  await expect(tabs).toHaveText(["Run 320 files, running", "Run 28 files, done", "Run 14 files, done"]);
  await expect(tabs.first()).toHaveAttribute("aria-selected", "true");
  await expect(drawn(page, "Scan")).toContainText("9 of 20 files");
  await tabs.first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(heading(page)).toContainText("12 of 32 files delivered, 20 being checked · 30 s");
  await expect(drawn(page, "Scan")).toContainText("4.0 s");
  await expectAccessible(page, "the run");
});

test("a finished run is closed and stays readable: its steps, how long each took, and what was skipped", async ({
  page,
  signIn,
  workspace,
}) => {
  await signIn(page.context(), "viewer");
  await open(page, await delivered(workspace));
  await expect(heading(page)).toContainText("48 files delivered · 1 min 9 s");
  await expect(steps(page)).toBeHidden();
  await heading(page).click();
  await expect(drawn(page, "Finish")).toBeVisible();
  await expect(step(page, /^Virus scan done/)).toContainText("48 files · 2 tries");
  await expect(step(page, /^Virus scan done/)).toContainText("49 s");
  await expect(steps(page)).toContainText("Not needed: Documents, Media, Video copy, Open early");
  await step(page, /^Archives skipped/).press("Enter");
  await expect(page.getByRole("dialog", { name: "Archives" })).toContainText("The archive is encrypted");
  await expectAccessible(page, "the run");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(step(page, /^Archives skipped/)).toBeFocused();
});

test("of a preview that failed each batch can be looked at", async ({ page, signIn, workspace }) => {
  await signIn(page.context());
  await openGraph(page, await withTwelveBatches(workspace));
  await drawn(page, "Pictures").click();
  const dialog = page.getByRole("dialog", { name: "Pictures" });
  await expect(dialog.getByRole("listitem")).toHaveCount(5);
  await expect(dialog.getByRole("listitem").filter({ hasText: "Batch 3" })).toContainText(TOO_MANY_PIXELS);
  await expect(dialog.getByRole("listitem").filter({ hasText: "Batch 4" })).toContainText("62 of 100 files · 2 tries");
  await expect(dialog).toContainText("7 batches still to come.");
});

test("a failed run says why; who may change the transfer starts it again, and a viewer can't", async ({
  browser,
  page,
  signIn,
  workspace,
}) => {
  const scene = await failedInScan(workspace);
  await signIn(page.context());
  const viewer = await browser.newContext();
  await signIn(viewer, "viewer");
  const looking = await viewer.newPage();
  await open(looking, scene);
  await expect(delivery(looking).getByText(SCANNER_GONE).first()).toBeVisible();
  await expect(startAgain(looking)).toHaveCount(0);
  await viewer.close();
  await open(page, scene);
  await expect(delivery(page).getByRole("status")).toHaveText(`The delivery has failed. ${SCANNER_GONE}`);
  await expect(steps(page)).toBeHidden();
  await expect(delivery(page).getByText(SCANNER_GONE, { exact: true }).first()).toBeVisible();
  await expect(startAgain(page)).toBeVisible();
  await heading(page).click();
  await expect(drawn(page, "Scan")).toContainText("failed");
  await expect(step(page, /^Virus scan failed/)).toContainText("3 tries");
  await expect(steps(page)).toContainText("Not reached: Publish, Tell people, Finish");
  await expectAccessible(page, "the run");

  await startAgain(page).click();
  await expect(delivery(page).getByRole("status")).toHaveText("The delivery is finished.");
  await expect(startAgain(page)).toHaveCount(0);
});
