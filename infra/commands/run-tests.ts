/**
 * `npm test`: static checks, unit and integration tests, the build and the end-to-end tests. The last line counts them.
 * `npm test -- verify`, `npm test -- unit [part of a path …] [-t NAME] [--watch]` and
 * `npm test -- e2e [words for Playwright …]` run one part.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { spawnGuarded } from "../local/core/child-process.ts";
import { ensureBuild } from "./build.ts";
import { requireChromium } from "./chromium.ts";
import { type Count, describeCount } from "./count.ts";
import { readTestArguments, type TestArguments, type TestPart } from "./test-arguments.ts";
import { inOrder, needsBrowser, needsTools, runTestFiles, watchTestFiles } from "./test-files.ts";
import { requireTools } from "./tools.ts";
import { verify } from "./verify.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const STAGES: Record<TestPart, () => Promise<Count>> = { verify: () => verify(), unit, e2e };

const args = readWords();

const total: Count = { passed: 0, failed: 0, skipped: 0 };
for (const name of args.parts) {
  const count = await runStage(name, STAGES[name]);
  for (const key of ["passed", "failed", "skipped"] as const) total[key] += count[key];
}
console.log(describeCount(total));
process.exit(total.failed === 0 ? 0 : 1);

/** A stage that breaks, or that runs nothing, has failed once. */
async function runStage(name: string, stage: () => Promise<Count>): Promise<Count> {
  const started = performance.now();
  let count: Count;
  try {
    count = await stage();
    if (count.passed + count.failed === 0) {
      console.error(`${name}: not a single test ran.`);
      count.failed = 1;
    }
  } catch (error) {
    console.error(error);
    count = { passed: 0, failed: 1, skipped: 0 };
  }
  console.log(`${name}: ${describeCount(count)}, in ${Math.round((performance.now() - started) / 1000)} s\n`);
  return count;
}

async function unit(): Promise<Count> {
  const { paths, name, watch } = args.unit;
  const all = globSync("{lib,infra,cli,components,e2e}/**/*.test.{ts,tsx}", { cwd: PROJECT });
  const chosen = paths.length > 0 ? all.filter((file) => paths.some((part) => file.includes(part))) : all;
  if (chosen.some(needsBrowser)) provideChromium();
  if (chosen.some(needsTools)) requireTools();
  const files = inOrder(chosen).map((file) => join(PROJECT, file));
  if (watch) await watchTestFiles(files, name);
  return runTestFiles(files, PROJECT, name === undefined ? {} : { name });
}

async function e2e(): Promise<Count> {
  provideChromium();
  requireTools();
  await ensureBuild(PROJECT);
  const folder = mkdtempSync(join(tmpdir(), "dormouse-report-"));
  const report = join(folder, "report.json");
  try {
    const code = await playwright(["test", "-c", "e2e/playwright.config.ts", ...args.e2e], report);
    const { stats } = JSON.parse(readFileSync(report, "utf8")) as {
      stats: { expected: number; unexpected: number; flaky: number; skipped: number };
    };
    const failed = stats.unexpected + stats.flaky;
    return { passed: stats.expected, failed: code === 0 ? failed : Math.max(1, failed), skipped: stats.skipped };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readWords(): TestArguments {
  try {
    return readTestArguments(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

/** Finds or installs the browser once; everything that is started from here is told where it is. */
function provideChromium(): void {
  process.env.CHROMIUM_PATH = requireChromium();
}

function playwright(playwrightWords: string[], report: string): Promise<number> {
  const child = spawnGuarded(process.execPath, ["node_modules/playwright/cli.js", ...playwrightWords], {
    cwd: PROJECT,
    env: { ...process.env, PLAYWRIGHT_REPORT: report },
    output: "inherit",
  });
  return new Promise((ended, failed) => {
    child.once("error", failed);
    child.once("close", (code) => ended(code ?? 1));
  });
}
