import assert from "node:assert/strict";
import { test } from "node:test";
import { errorsOf, lengthErrors } from "./detail-errors.ts";

test("the server's sentence goes to the field that it is about, and else to the form", () => {
  const message = "A title has at most 200 characters.";
  assert.deepEqual(errorsOf({ code: "InvalidInput", message, details: { path: "title" } }), { title: message });
  assert.deepEqual(errorsOf({ code: "InvalidInput", message, details: { path: "id" } }), { form: message });
  assert.deepEqual(errorsOf({ code: "NotAllowed", message }), { form: message });
});

test("a text of the longest length passes, one more character does not", () => {
  assert.deepEqual(lengthErrors({ title: "x".repeat(200), message: "x".repeat(5000) }), {});
  assert.deepEqual(Object.keys(lengthErrors({ title: "x".repeat(201), message: "x".repeat(5001) })), [
    "title",
    "message",
  ]);
});
