import assert from "node:assert/strict";
import { test } from "node:test";
import { findAgain, joinAgain, questionOf } from "./picks-again.ts";

const file = (path: string, words = "x", lastModified = 1) => ({ path, blob: new Blob([words]), lastModified });

test("a file of a name that is there is asked about, whether it was there before or comes twice", () => {
  const a = file("a.txt");
  const { fresh, again } = findAgain([a], [file("a.txt"), file("b.txt"), file("b.txt", "y"), file("dir/a.txt")]);
  assert.deepEqual(
    [fresh, again].map((files) => files.map(({ path }) => path)),
    [
      ["b.txt", "dir/a.txt"],
      ["a.txt", "b.txt"],
    ],
  );
  // Some systems write an accent as a letter of its own.
  assert.equal(findAgain([file("caf\u00e9.txt")], [file("cafe\u0301.txt")]).again.length, 1);
  assert.deepEqual(findAgain([], []), { fresh: [], again: [] });
  const pictures = [file("image.png", "first", 2), file("image.png", "x", 1)];
  assert.deepEqual(findAgain([file("image.png")], pictures, { pasted: true }).again, [pictures[1]]);
});

test("it is skipped, kept beside the other, or takes its place", () => {
  const files = [file("a.txt"), file("b.txt")];
  const again = [file("a.txt", "newer"), file("gone.txt")];
  assert.deepEqual(joinAgain(files, again, "skip"), files);
  assert.deepEqual(joinAgain(files, again, "both"), [...files, ...again]);
  assert.deepEqual(joinAgain(files, again, "replace"), [again[0], files[1], again[1]]);
  const twice = [file("a.txt"), file("a.txt", "y"), file("b.txt")];
  assert.deepEqual(joinAgain(twice, [again[0] ?? file("")], "replace"), [again[0], twice[2]]);
});

test("the question tells the same file from another one of its name", () => {
  const there = [file("a.txt"), file("b.txt")];
  assert.equal(questionOf(there, [file("a.txt")]), "“a.txt” is in the list already.");
  for (const other of [file("a.txt", "longer"), file("a.txt", "x", 2)])
    assert.equal(questionOf(there, [other]), "Another file named “a.txt” is in the list already.");
  assert.equal(questionOf(there, [file("a.txt"), file("b.txt")]), "“a.txt” and 1 other file are in the list already.");
  assert.match(
    questionOf(there, [file("a.txt"), file("b.txt", "longer")]),
    /^2 files have names .* the first: “a\.txt”/,
  );
});
