import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizePath } from "./path.ts";

const refused = (path: string, sentence: RegExp) =>
  assert.throws(() => normalizePath(path), { code: "InvalidInput", status: 422, message: sentence });

test('a path keeps its folders and loses empty and "." segments', () => {
  assert.equal(normalizePath("a/b.txt"), "a/b.txt");
  assert.equal(normalizePath("/a//./b.txt"), "a/b.txt");
  assert.equal(normalizePath("./b.txt"), "b.txt");
});

test("names are data: dots, control characters, emoji and direction marks stay as they are", () => {
  for (const name of ["...", ".env", "a\u0000b", "a\nb", "🐿️.png", "\u202egpj.exe", "a\\b", " ", "con"]) {
    assert.equal(normalizePath(`x/${name}`), `x/${name}`);
  }
});

test("the same name in another Unicode form is the same path", () => {
  assert.equal(normalizePath("Cafe\u0301.txt"), normalizePath("Caf\u00e9.txt"));
});

test("half a surrogate pair becomes the replacement character, so that it can be stored and compared", () => {
  assert.equal(normalizePath("a\ud83d.txt"), "a\ufffd.txt");
});

test("paths that leave their folder, have no name, or are too long are refused with a sentence", () => {
  refused("../etc/passwd", /leads out of its folder/);
  refused("a/../../b", /leads out of its folder/);
  refused("", /needs a name/);
  refused("/./", /needs a name/);
  refused("x".repeat(1025), /name .* longer than 1024/);
  refused("a/".repeat(2049), /path .* longer than 4096/);
  assert.equal(normalizePath("x".repeat(1000)).length, 1000);
});

test("the sentence about a hostile path shows no control character", () => {
  assert.throws(
    () => normalizePath("a\u001b[31m/../../b"),
    (error: Error) => !error.message.includes("\u001b"),
  );
});
