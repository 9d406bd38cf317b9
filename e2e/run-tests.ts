/** `npm test`: static checks, unit and integration tests, the build, and the end-to-end tests. */
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { verify } from "./verify.ts";

const PROJECT = resolve(import.meta.dirname, "..");
type Count = { passed: number; failed: number };

const [only, ...words] = process.argv.slice(2);
const stages: Record<string, () => Promise<Count>> = { verify, unit, e2e };
if (only !== undefined && !(only in stages)) {
  console.error(`There is no part "${only}": npm test -- ${Object.keys(stages).join("|")}`);
  process.exit(2);
}

const total: Count = { passed: 0, failed: 0 };
for (const [name, stage] of Object.entries(stages)) {
  if (only !== undefined && only !== name) continue;
  const started = performance.now();
  const { passed, failed } = await stage().catch((error: unknown) => {
    console.error(error);
    return { passed: 0, failed: 1 };
  });
  total.passed += passed;
  // A stage that ran nothing has not passed.
  total.failed += passed + failed === 0 ? 1 : failed;
  console.log(
    `${name}: ${passed} passed, ${failed} failed, in ${Math.round((performance.now() - started) / 1000)} s\n`,
  );
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);

async function unit(): Promise<Count> {
  const files = globSync("{lib,infra,components,e2e}/**/*.test.ts", { cwd: PROJECT }).map((file) =>
    join(PROJECT, file),
  );
  const count: Count = { passed: 0, failed: 0 };
  const stream = run({ files, concurrency: 2, timeout: 300_000 });
  stream.on("test:pass", ({ details }) => {
    if (details.type !== "suite") count.passed += 1;
  });
  stream.on("test:fail", ({ details }) => {
    if (details.type !== "suite") count.failed += 1;
  });
  const report = stream.compose(new spec());
  for await (const text of report) process.stdout.write(text as Buffer);
  return count;
}

async function e2e(): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-report-"));
  const report = join(folder, "report.json");
  try {
    await command(process.execPath, ["infra/local/main.ts", "build"], {});
    const tests = ["node_modules/playwright/cli.js", "test", "-c", "e2e/playwright.config.ts", ...words];
    const code = await command(process.execPath, tests, { PLAYWRIGHT_REPORT: report });
    const { stats } = JSON.parse(readFileSync(report, "utf8")) as {
      stats: { expected: number; unexpected: number; flaky: number };
    };
    const failed = stats.unexpected + stats.flaky;
    return { passed: stats.expected, failed: code === 0 ? failed : Math.max(1, failed) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function command(program: string, args: string[], env: Record<string, string>): Promise<number> {
  return new Promise((ended, failed) => {
    const child = spawn(program, args, {
      cwd: PROJECT,
      env: { ...process.env, ...env },
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.once("error", failed);
    child.once("close", (code) => ended(code ?? 1));
  });
}
