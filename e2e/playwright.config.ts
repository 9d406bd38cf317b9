import { defineConfig } from "playwright/test";
import { CHROMIUM_ARGS, requireChromium } from "./chromium.ts";

export default defineConfig({
  testDir: "specs",
  outputDir: "../test-results",
  workers: 1,
  forbidOnly: true,
  timeout: 120_000,
  reporter: [["list"], ["json", { outputFile: process.env.PLAYWRIGHT_REPORT ?? "../test-results/report.json" }]],
  use: {
    launchOptions: { executablePath: requireChromium(), args: CHROMIUM_ARGS },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
});
