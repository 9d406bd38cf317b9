import assert from "node:assert/strict";
import { test } from "node:test";
import { type Keys, readKeys, rotated, withdrawn, writeKeys } from "./keys.ts";

const KEYS: Keys = ["b".repeat(64), "a".repeat(64)];

test("keys are kept as text, the newest first", () => {
  assert.equal(writeKeys(KEYS), `${KEYS[0]},${KEYS[1]}`);
  assert.deepEqual(readKeys(writeKeys(KEYS)), KEYS);
  assert.deepEqual(readKeys("one"), ["one"]);
});

test("a secret without a key is none", () => {
  for (const text of ["", " ", ",", "a,", ",a", "a,,b"]) assert.throws(() => readKeys(text), /no key/, text);
});

test("rotating puts a new key before the others, withdrawing leaves the newest alone", () => {
  const more = rotated(KEYS);
  assert.deepEqual(more.slice(1), KEYS);
  assert.match(more[0], /^[0-9a-f]{64}$/);
  assert.notEqual(rotated(KEYS)[0], more[0]);
  assert.deepEqual(withdrawn(more), [more[0]]);
});
