import assert from "node:assert/strict";
import { test } from "node:test";
import { ordinalsIn, rangesOf } from "./ordinals.ts";

test("ordinals become ranges and come back in order", () => {
  assert.equal(rangesOf([5, 1, 2, 3, 9, 3]), "1-3,5,9");
  assert.deepEqual([...ordinalsIn("1-3,5,9")], [1, 2, 3, 5, 9]);
  assert.equal(rangesOf([]), "");
  assert.deepEqual([...ordinalsIn("")], []);
});

test("ten thousand files in a row take a few bytes, every second one less than 60 KB", () => {
  const all = Array.from({ length: 10_000 }, (_, ordinal) => ordinal);
  assert.equal(rangesOf(all), "0-9999");
  assert.ok(rangesOf(all.map((ordinal) => ordinal * 2)).length < 60_000);
});
