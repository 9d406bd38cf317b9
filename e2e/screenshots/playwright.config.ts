import { defineConfig } from "playwright/test";
import config from "../playwright.config.ts";

/** Not part of the tests: `npm run screenshots` alone runs it. */
export default defineConfig(config, {
  testDir: ".",
  testMatch: "pages.ts",
  outputDir: "../../test-results/screenshots",
  timeout: 1_200_000,
  reporter: [["list"]],
  use: { screenshot: "off", trace: "off" },
});
