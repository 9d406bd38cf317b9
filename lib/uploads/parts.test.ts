import assert from "node:assert/strict";
import { test } from "node:test";
import { isMultipart, partCount, partLength, withinPartLimit } from "./parts.ts";

const MIB = 1024 ** 2;

test("a file that fits into one part, also an empty one, is a single PUT", () => {
  for (const size of [0, 1, 5 * MIB]) {
    assert.equal(isMultipart({ size, partSize: 5 * MIB }), false);
    assert.equal(partCount({ size, partSize: 5 * MIB }), 1);
    assert.equal(partLength({ size, partSize: 5 * MIB }, 1), size);
  }
  assert.equal(isMultipart({ size: 5 * MIB + 1, partSize: 5 * MIB }), true);
});

test("the sizes of a file's parts add up to its size", () => {
  for (const size of [5 * MIB + 1, 10 * MIB, 33 * MIB + 7, 48.8 * 1024 ** 4]) {
    const file = { size: Math.floor(size), partSize: Math.max(5 * MIB, Math.ceil(size / 9999)) };
    const lengths = Array.from({ length: partCount(file) }, (_, index) => partLength(file, index + 1));
    assert.equal(
      lengths.reduce((sum, length) => sum + length, 0),
      file.size,
    );
    assert.ok(lengths.every((length) => length > 0 && length <= file.partSize));
  }
});

test("a file has at most 10,000 parts", () => {
  assert.equal(withinPartLimit({ size: 10_000 * 5 * MIB, partSize: 5 * MIB }), true);
  assert.equal(withinPartLimit({ size: 10_000 * 5 * MIB + 1, partSize: 5 * MIB }), false);
});
