import assert from "node:assert/strict";
import { test } from "node:test";
import { safeName, safePaths } from "./names.ts";

test("names that some system refuses become names that all take", () => {
  const cases: [string, string][] = [
    ["plain.txt", "plain.txt"],
    ["a:b*c?.txt", "a_b_c_.txt"],
    ["con", "_con"],
    ["Aux.tar.gz", "_Aux.tar.gz"],
    ["LPT9", "_LPT9"],
    ["com¹.txt", "_com¹.txt"],
    ["console", "console"],
    ["dots...", "dots___"],
    ["space ", "space_"],
    ["..", "__"],
    ["", "_"],
    ["\u202egpj.exe", "gpj.exe"],
    ["tab\there", "tab_here"],
    ["back\\slash", "back_slash"],
    ["e\u0301", "\u00e9"],
    ["\ud800x", "\ufffdx"],
    ["日本語.docx", "日本語.docx"],
  ];
  for (const [name, safe] of cases) assert.equal(safeName(name), safe);
});

test("a long name keeps its ending and fits into 240 bytes, whatever its letters are", () => {
  for (const letter of ["x", "é", "語", "🐭"]) {
    const safe = safeName(`${letter.repeat(500)}.tar`);
    assert.ok(Buffer.byteLength(safe) <= 240 && Buffer.byteLength(safe) > 230, safe);
    assert.ok(safe.endsWith(".tar"));
    assert.equal(safe, safe.toWellFormed());
  }
});

test("paths lead nowhere but down, and no two are alike where capitals don't count", () => {
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

// Comparing each with each would take longer than that by far.
test("seventy thousand files of one name are told apart", { timeout: 60_000 }, () => {
  const safe = safePaths(Array.from({ length: 70_000 }, () => "same.txt"));
  assert.equal(new Set(safe).size, 70_000);
  assert.equal(safe.at(-1), "same (70000).txt");
});
