import assert from "node:assert/strict";
import { test } from "node:test";
import { buildTree } from "./build-tree.ts";

const file = (ordinal: number, path: string, size = 1) => ({ ordinal, path, size, type: "", state: "stored" as const });

test("flat paths become folders with sums, in the order a person expects", () => {
  const root = buildTree([file(0, "b/10.txt", 5), file(1, "b/9.txt", 7), file(2, "a/x/y.txt"), file(3, "top.txt")]);
  assert.deepEqual(
    root.folders.map(({ name, size, count }) => [name, size, count]),
    [
      ["a/x", 1, 1],
      ["b", 12, 2],
    ],
  );
  assert.deepEqual(
    root.folders[1]?.files.map(({ name }) => name),
    ["9.txt", "10.txt"],
  );
  assert.equal(root.folders[0]?.files[0]?.name, "y.txt");
  assert.deepEqual([root.size, root.count, root.files[0]?.name], [14, 4, "top.txt"]);
});

test("folders that hold one folder alone become one with it; the first fork ends that", () => {
  const root = buildTree([file(0, "a/b/c/one"), file(1, "a/b/d/two"), file(2, "top")]);
  assert.deepEqual(
    root.folders.map(({ name, path, folders }) => [name, path, folders.map((folder) => folder.name)]),
    [["a/b", "a/b", ["c", "d"]]],
  );
});

test("a tree of any depth is drawn with few levels and keeps whole paths", () => {
  const names = Array.from({ length: 1000 }, (_, level) => `${level}`);
  const root = buildTree(names.map((_, level) => file(level, [...names.slice(0, level), "leaf"].join("/"))));
  let depth = 0;
  let deepest = root;
  while (deepest.folders[0]) {
    deepest = deepest.folders[0];
    depth++;
  }
  assert.ok(depth <= 12);
  assert.equal(deepest.files.length, 1000 - depth);
  assert.equal(
    deepest.files.some(({ path, name }) => path === `${deepest.path}/${name}` && path.split("/").length === 1000),
    true,
  );
});

test("two files of one path both appear", () => {
  assert.equal(buildTree([file(0, "a"), file(1, "a")]).files.length, 2);
});

test("a folder and a file may share a name, also that of an object's own property", () => {
  const root = buildTree([file(0, "constructor/__proto__"), file(1, "constructor")]);
  assert.equal(root.folders[0]?.files[0]?.name, "__proto__");
  assert.equal(root.files[0]?.name, "constructor");
});
