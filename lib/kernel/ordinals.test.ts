import assert from "node:assert/strict";
import { test } from "node:test";
import { addOrdinals, hasOrdinal, ordinalsIn, rangesOf } from "./ordinals.ts";

test("ordinals in their order become one range, others join what they touch", () => {
  let set = "";
  for (let ordinal = 0; ordinal < 1000; ordinal++) set = addOrdinals(set, [ordinal]);
  assert.equal(set, "0-999");
  assert.equal(addOrdinals("0-2,5", [3, 9]), "0-3,5,9");
  assert.equal(addOrdinals("0-3,5", [4]), "0-5");
  assert.equal(addOrdinals("5", [5, 5]), "5");
});

test("a set says what it holds", () => {
  assert.deepEqual(
    [0, 3, 5, 7].map((one) => hasOrdinal("0-3,5", one)),
    [true, true, true, false],
  );
  assert.equal(hasOrdinal("", 0), false);
});
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
