/** Runs files of tests with node's own runner; tells a line a file, and whole what failed. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { relative } from "node:path";
import { run } from "node:test";
import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";
import type { Count } from "./count.ts";

/** Files that take longest, longest first: begun last, one of them would run alone while the other processor waits. */
export const SLOWEST_FIRST = [
  "infra/check/rules.test.ts",
  "lib/upload-engine/engine.test.ts",
  "infra/deploy/deploy.test.ts",
  "lib/workflow/transcode-batch.test.ts",
  "lib/workflow/transcode-media.test.ts",
  "lib/upload-engine/engine.browser.test.ts",
  "infra/commands/main.test.ts",
  "lib/download-engine/zip.test.ts",
  "lib/workflow/scan-run.test.ts",
  "lib/inspection/hostile.test.ts",
  "lib/entrypoints/purged.test.ts",
  "lib/testing/permission-matrix.test.ts",
  "lib/workflow/preview-batch.test.ts",
  "lib/entrypoints/tasks/run-task.test.ts",
];

/** In the order in which they are best begun. */
export function inOrder(files: string[]): string[] {
  const rank = (file: string): number => {
    const found = SLOWEST_FIRST.findIndex((long) => file.endsWith(long));
    return found < 0 ? SLOWEST_FIRST.length : found;
  };
  return files.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

const TOOLS = /^(lib\/(programs|inspection|scanning|workflow|entrypoints)|infra\/(local|tasks))\//;

/** Whether tests of this file open a browser. */
export const needsBrowser = (file: string): boolean => /(\.browser|\/chromium)\.test\.ts$/.test(file);

/** Whether tests of this file may call ffmpeg or ClamAV. */
export const needsTools = (file: string): boolean => TOOLS.test(file);

// On a slow machine the checks of the infrastructure alone take minutes; what hangs is ended by its own means before.
const TEST_MS = 900_000;

type RunOptions = {
  /** A regular expression: tests of other names are left out. */
  name?: string;
  testMs?: number;
};

/** Two files at a time, each in a process of its own; a test may take `testMs`. Throws when the runner breaks. */
export async function runTestFiles(
  files: string[],
  project: string,
  { name, testMs = TEST_MS }: RunOptions = {},
): Promise<Count> {
  // Without any, the runner would look for files by itself.
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const only = name === undefined ? {} : { testNamePatterns: [new RegExp(name)] };
  const events = run({ files, concurrency: 2, timeout: testMs, ...only });
  let count: Count | undefined;
  events.on("test:summary", ({ file, counts }) => {
    if (file !== undefined) return;
    const { tests, passed, skipped } = counts;
    count = { passed, failed: tests - passed - skipped, skipped };
  });
  for await (const text of concise(events, project)) process.stdout.write(text);
  if (!count) throw new Error("The test runner ended without a summary.");
  return count;
}

/** Runs files, and again whenever one of them or what it imports changes, until it is interrupted. */
export async function watchTestFiles(files: string[], name?: string): Promise<never> {
  const only = name === undefined ? [] : [`--test-name-pattern=${name}`];
  const child = spawn(process.execPath, ["--test", "--watch", ...only, ...files], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  process.exit(code ?? 0);
}

/** Text for the terminal. What a file's tests printed is shown when one of them failed. */
async function* concise(events: AsyncIterable<TestEvent>, project: string): AsyncGenerator<string> {
  const printed = new Map<string | undefined, string>();
  for await (const { type, data } of events) {
    if (type === "test:stdout" || type === "test:stderr") {
      printed.set(data.file, (printed.get(data.file) ?? "") + data.message);
    } else if (type === "test:fail" && data.name === data.file) {
      // The file's own process failed: it has no summary, and why is only what it printed.
      yield `FAILED ${relative(project, data.name)} ended by itself\n${indent(printed.get(data.file) ?? "")}\n`;
      printed.delete(data.file);
    } else if (type === "test:fail" && data.todo === undefined) {
      const { error } = data.details;
      // The cause is what the test threw; a test that fails by its subtests alone has been told of.
      if (!("failureType" in error && error.failureType === "subtestsFailed")) {
        yield `  ✖ ${data.name}\n${indent(inspect(error.cause ?? error))}\n`;
      }
    } else if (type === "test:pass" && data.skip !== undefined) {
      yield `  skipped: ${data.name}${typeof data.skip === "string" ? ` (${data.skip})` : ""}\n`;
    } else if (type === "test:summary" && data.file !== undefined) {
      const { counts, duration_ms, file, success } = data;
      const seconds = (duration_ms / 1000).toFixed(1);
      yield `${success ? "ok    " : "FAILED"} ${relative(project, file)}, ${counts.tests} tests, ${seconds} s\n`;
      if (!success) yield indent(printed.get(file) ?? "");
      printed.delete(file);
    }
  }
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, "    ");
