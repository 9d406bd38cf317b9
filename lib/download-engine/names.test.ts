import assert from "node:assert/strict";
import { test } from "node:test";
import { safePaths } from "./names.ts";

test("paths can't leave their folder, and all are different, also on systems that ignore case", () => {
  const paths = [
    "/etc/passwd",
    "../../x",
    "a/./b",
    "Read.me",
    "READ.ME",
    "read.me",
    "read (2).me",
    "C:\\x",
    "",
    "a//b",
  ];
  const safe = safePaths(paths);
  assert.deepEqual(safe, [
    "etc/passwd",
    "x",
    "a/b",
    "Read.me",
    "READ (2).ME",
    "read (3).me",
    "read (2) (2).me",
    "C__x",
    "_",
    "a/b (2)",
  ]);
  assert.equal(new Set(safe.map((path) => path.toLowerCase())).size, paths.length);
});

test("a file never has the name of a folder", () => {
  assert.deepEqual(safePaths(["docs", "Docs/a.txt", "docs/A.TXT"]), ["docs (2)", "Docs/a.txt", "docs/A (2).TXT"]);
});

// Comparing every name with every other would take much longer.
test("seventy thousand files with the same name get different names", { timeout: 60_000 }, () => {
  const safe = safePaths(Array.from({ length: 70_000 }, () => "same.txt"));
  assert.equal(new Set(safe).size, 70_000);
  assert.equal(safe.at(-1), "same (70000).txt");
});
