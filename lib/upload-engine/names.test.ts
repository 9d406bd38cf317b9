import assert from "node:assert/strict";
import { test } from "node:test";
import { relativePath, uniquePath } from "./names.ts";

function name(...paths: string[]): string[] {
  const taken = new Map<string, number>();
  return paths.map((path) => uniquePath(path, taken));
}

test("a free path stays as it is", () => {
  assert.deepEqual(name("a.txt", "b/a.txt", "A.txt"), ["a.txt", "b/a.txt", "A.txt"]);
});

test("a later file of the same path gets a number before its extension", () => {
  assert.deepEqual(name("a.txt", "a.txt", "a.txt"), ["a.txt", "a (2).txt", "a (3).txt"]);
  assert.deepEqual(name("v1.0/read me", "v1.0/read me"), ["v1.0/read me", "v1.0/read me (2)"]);
});

test("a number that is taken already is skipped", () => {
  assert.deepEqual(name("a (2).txt", "a.txt", "a.txt"), ["a (2).txt", "a.txt", "a (3).txt"]);
});

test("double extensions stay together, and hidden files have none", () => {
  assert.deepEqual(name("x.tar.gz", "x.tar.gz"), ["x.tar.gz", "x (2).tar.gz"]);
  assert.deepEqual(name(".env", ".env"), [".env", ".env (2)"]);
  assert.deepEqual(name("Mr. Smith", "Mr. Smith"), ["Mr. Smith", "Mr. Smith (2)"]);
});

test("two Unicode spellings of one accented name are the same name", () => {
  assert.deepEqual(name("caf\u00e9", "cafe\u0301"), ["caf\u00e9", "cafe\u0301 (2)"]);
});

test("ten thousand files with the same name get their numbers quickly", () => {
  const taken = new Map<string, number>();
  for (let count = 0; count < 10_000; count++) uniquePath("same.jpg", taken);
  assert.ok(taken.has("same (10000).jpg"));
});

test("paths become relative, and other characters stay as they are", () => {
  assert.equal(relativePath("/a//b/./c.txt"), "a/b/c.txt");
  assert.equal(relativePath("back\\slash/..x"), "back\\slash/..x");
});
