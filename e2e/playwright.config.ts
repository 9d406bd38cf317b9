import { availableParallelism } from "node:os";
import { defineConfig } from "playwright/test";
import { CHROMIUM_ARGS, requireChromium } from "#infra/commands/chromium.ts";

export default defineConfig({
  testDir: "specs",
  outputDir: "../test-results",
  // Each worker has a Dormouse of its own, with some ten processes: more than two would only wait for the same cores.
  workers: Math.min(2, availableParallelism()),
  // Tests are given out one by one, so that no worker has a long file left when the other has none.
  fullyParallel: true,
  forbidOnly: true,
  // A machine may be several times slower: only a test that fails waits for so long.
  timeout: 900_000,
  expect: { timeout: 60_000 },
  reporter: [["list"], ["json", { outputFile: process.env.PLAYWRIGHT_REPORT ?? "../test-results/report.json" }]],
  use: {
    launchOptions: {
      executablePath: requireChromium(),
      args: CHROMIUM_ARGS,
      // Without a UTF-8 locale Chromium can't open a file whose name is not ASCII, and silently leaves it out.
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    },
    screenshot: "only-on-failure",
    // Recording makes every test take twice as long: `npm test -- e2e one.spec --trace on` records what is looked into.
    trace: "off",
  },
});
