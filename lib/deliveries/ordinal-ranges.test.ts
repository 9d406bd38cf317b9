import assert from "node:assert/strict";
import { test } from "node:test";
import { addOrdinals, hasOrdinal } from "./ordinal-ranges.ts";

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
