/** `npm run screenshots [-- words]`: a picture of every page, wide, narrow, low and dark, in `screenshots/`; with words, of those whose names have one. */
import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensureBuild } from "#infra/commands/build.ts";
import { requireChromium } from "#infra/commands/chromium.ts";
import { requireTools } from "#infra/commands/tools.ts";
import { spawnGuarded } from "#infra/local/core/child-process.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const FOLDER = join(PROJECT, "screenshots");
const words = process.argv.slice(2);

process.env.CHROMIUM_PATH = requireChromium();
requireTools();
await ensureBuild(PROJECT);
if (words.length === 0) rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const child = spawnGuarded(
  process.execPath,
  ["node_modules/playwright/cli.js", "test", "-c", "e2e/screenshots/playwright.config.ts"],
  {
    cwd: PROJECT,
    env: { ...process.env, SCREENSHOTS: FOLDER, SCREENSHOTS_OF: words.join(" ") },
    output: "inherit",
  },
);
const code = await new Promise<number>((ended, failed) => {
  child.once("error", failed);
  child.once("close", (status) => ended(status ?? 1));
});
console.log(code === 0 ? `The pictures are in ${FOLDER}` : "Not every page could be shown; see above.");
process.exit(code);
