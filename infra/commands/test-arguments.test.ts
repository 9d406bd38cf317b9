import assert from "node:assert/strict";
import { test } from "node:test";
import { readTestArguments } from "./test-arguments.ts";

test("without arguments all parts run", () => {
  assert.deepEqual(readTestArguments([]).parts, ["verify", "unit", "e2e"]);
});

test("unit tests are chosen by their files' paths and by name, and watched", () => {
  const { parts, unit } = readTestArguments(["unit", "lib/uploads/path.test.ts", "-t", "a folder", "--watch"]);
  assert.deepEqual(parts, ["unit"]);
  assert.deepEqual(unit, { paths: ["lib/uploads/path.test.ts"], name: "a folder", watch: true });
});

test("arguments for Playwright are passed on as they are", () => {
  assert.deepEqual(readTestArguments(["e2e", "collect.spec", "-g", "a name"]).e2e, ["collect.spec", "-g", "a name"]);
});

test("an unknown argument is refused, and nothing runs", () => {
  for (const args of [["--watch"], ["-t", "x"], ["units"], ["verify", "x"], ["unit", "--grep", "x"], ["unit", "-t"]])
    assert.throws(() => readTestArguments(args), /no part of the tests|--grep|-t/, args.join(" "));
});
