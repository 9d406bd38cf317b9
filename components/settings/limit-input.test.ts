import assert from "node:assert/strict";
import { test } from "node:test";
import { limitOf, shownLimit } from "./limit-input.ts";

test("gigabytes become bytes, nothing is no limit, and what is no size is told", () => {
  assert.deepEqual(["50", "0.5", "0,5", " 1 ", ""].map(limitOf), [50e9, 5e8, 5e8, 1e9, undefined]);
  for (const text of ["0", "-1", "a lot", "1e9", "0.0000000001", "1.2.3"]) assert.equal(limitOf(text), "wrong", text);
});

test("a limit is shown as it was written", () => {
  for (const text of ["50", "0.5", "1234567"]) assert.equal(shownLimit(Number(limitOf(text))), text);
  assert.equal(shownLimit(undefined), "");
});
