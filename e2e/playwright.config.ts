import { defineConfig } from "playwright/test";
import { CHROMIUM_ARGS, requireChromium } from "./chromium.ts";

export default defineConfig({
  testDir: "specs",
  outputDir: "../test-results",
  workers: 1,
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
