import assert from "node:assert/strict";
import { test } from "node:test";
import { oneLine, sentenceOf, shorten, visibleName, withoutUnseen } from "./safe-text.ts";

/** Each is unsafe: a control, the separators, and all marks of direction that Unicode has. */
const UNSAFE = ["\u0000", "\u001b", "\u007f", "\u0085", "\u2028", "\u2029"].concat([
  ..."\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
]);

test("no unsafe character is left of a name that is shown, in a line or in a sentence", () => {
  for (const mark of UNSAFE) {
    const name = `a${mark}b`;
    for (const safe of [visibleName(name), oneLine(name)]) assert.ok(!safe.includes(mark), JSON.stringify(name));
    assert.equal([...visibleName(name)].length, 3);
    assert.ok(!sentenceOf(10).test(name), JSON.stringify(name));
  }
  for (const name of ["plain", "日本語", "👩\u200d💻", "e\u0301"]) assert.equal(visibleName(name), name);
});

test("a line keeps what shapes a letter or a sign, and nothing else that nobody sees", () => {
  assert.equal(oneLine(" a\r\nb\u200b\u00ad  c "), "a b c");
  assert.equal(oneLine("👩\u200d💻 ❤\ufe0f"), "👩\u200d💻 ❤\ufe0f");
  assert.equal(withoutUnseen("a\u200db", /^$/), "ab");
});

test("a sentence has at most the characters that it may have", () => {
  assert.ok(sentenceOf(3).test("abc") && !sentenceOf(3).test("abcd") && !sentenceOf(3).test(""));
});

test("control characters and direction marks are made visible", () => {
  assert.equal(visibleName("a\u0000b\u202egpj.exe"), "a\u2400b\ufffdgpj.exe");
});

test("a long name loses its middle and keeps its ending, never half a character", () => {
  const short = shorten(`${"\u{1F43F}".repeat(500)}.jpeg`);
  assert.equal([...short].length, 72);
  assert.ok(short.endsWith(".jpeg") && short.isWellFormed());
  assert.equal(shorten("short.txt"), "short.txt");
});
