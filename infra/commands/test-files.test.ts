import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { inOrder, SLOWEST_FIRST } from "./test-files.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const PROGRAM = pathToFileURL(join(import.meta.dirname, "test-files.ts")).href;

/** Runs files with the contents given; answers what was printed and what was counted. */
function runFiles(t: TestContext, contents: Record<string, string>, options: { name?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-test-files-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = Object.entries(contents).map(([name, content]) => {
    const file = join(folder, name);
    writeFileSync(file, `import { test } from "node:test";\n${content}`);
    return file;
  });
  const script = `import { runTestFiles } from ${JSON.stringify(PROGRAM)};
    const count = await runTestFiles(${JSON.stringify(files)}, ${JSON.stringify(folder)}, ${JSON.stringify({ testMs: 2000, ...options })});
    console.log("\\n" + JSON.stringify(count));`;
  // A runner inside of a test would leave its files out.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  writeFileSync(join(folder, "run.mjs"), script);
  const { stdout } = spawnSync(process.execPath, [join(folder, "run.mjs")], { env, encoding: "utf8" });
  const lines = stdout.trim().split("\n");
  return { printed: stdout, count: JSON.parse(lines.at(-1) ?? "") as unknown };
}

test("passed, failed and skipped tests are counted, subtests and tests with a promise left open too", (t) => {
  const { count } = runFiles(t, {
    "a.test.mjs": `test("one", () => {});\ntest("two", { skip: "not here" }, () => {});`,
    "b.test.mjs": `test("three", async (t) => { await t.test("four", () => { throw new Error("no"); }); });`,
    "c.test.mjs": `test("five", () => new Promise(() => {}));`,
    "d.test.mjs": `test("six", { todo: true }, () => {});`,
  });
  assert.deepEqual(count, { passed: 1, failed: 4, skipped: 1 });
});

test("with a name, tests of other names are neither run nor counted", (t) => {
  const contents = { "a.test.mjs": `test("one", () => {});\ntest("two", () => { throw new Error("no"); });` };
  assert.deepEqual(runFiles(t, contents, { name: "^one$" }).count, { passed: 1, failed: 0, skipped: 0 });
});

test("a file that can't be loaded has failed, and one that ends by itself too", (t) => {
  const { count, printed } = runFiles(t, {
    "broken.test.mjs": `import "./nowhere.mjs";`,
    "ended.test.mjs": `test("one", () => process.exit(3));`,
  });
  assert.deepEqual(count, { passed: 0, failed: 2, skipped: 0 });
  assert.match(printed, /nowhere\.mjs/);
});

test("a file that passes is one line; of one that fails, the error and what it printed are shown", (t) => {
  const { printed } = runFiles(t, {
    "quiet.test.mjs": `console.log("unheard"); test("one", () => {});`,
    "loud.test.mjs": `console.log("heard"); test("two", () => { throw new Error("the reason"); });`,
  });
  assert.match(printed, /^ok {4} quiet\.test\.mjs, 1 tests, \d+\.\d s$/m);
  assert.match(printed, /^FAILED loud\.test\.mjs, 1 tests, \d+\.\d s\n {4}heard$/m);
  assert.match(printed, /✖ two\n.*the reason/);
  assert.doesNotMatch(printed, /unheard/);
});

test("those that take longest are begun first, each of which is there; the others follow by their names", () => {
  const others = ["lib/b.test.ts", "lib/a.test.ts"];
  assert.deepEqual(inOrder([...others, ...SLOWEST_FIRST.toReversed()]), [
    ...SLOWEST_FIRST,
    "lib/a.test.ts",
    "lib/b.test.ts",
  ]);
  assert.deepEqual(
    SLOWEST_FIRST.filter((file) => !existsSync(join(PROJECT, file))),
    [],
  );
});

test("no file is no test", (t) => {
  assert.deepEqual(runFiles(t, {}).count, { passed: 0, failed: 0, skipped: 0 });
});
