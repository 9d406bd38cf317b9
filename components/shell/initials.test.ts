import assert from "node:assert/strict";
import { test } from "node:test";
import { initialsOf } from "./initials.ts";

test("initials are the first letters of the first and the last word", () => {
  assert.equal(initialsOf("Ada Lovelace"), "AL");
  assert.equal(initialsOf("  grace brewster  murray hopper "), "GH");
  assert.equal(initialsOf("Prince"), "P");
  assert.equal(initialsOf("José — NYC"), "JN");
  assert.equal(initialsOf("नरेन्द्र मोदी"), "नमो");
  assert.equal(initialsOf("—"), "·");
  assert.equal(initialsOf(""), "·");
});
