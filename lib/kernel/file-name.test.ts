import assert from "node:assert/strict";
import { test } from "node:test";
import { attachment, downloadName, extensionOf, numbered, safeFileName, splitExtension } from "./file-name.ts";

test("names that some system refuses become names that all take", () => {
  const cases: [string, string][] = [
    ["plain.txt", "plain.txt"],
    ["a:b*c?.txt", "a_b_c_.txt"],
    ["con", "_con"],
    ["Aux.tar.gz", "_Aux.tar.gz"],
    ["LPT9", "_LPT9"],
    ["com¹.txt", "_com¹.txt"],
    ["console", "console"],
    ["dots...", "dots___"],
    ["space ", "space_"],
    ["..", "__"],
    ["", "_"],
    ["\u202egpj.exe", "gpj.exe"],
    ["tab\there", "tab_here"],
    ["back\\slash", "back_slash"],
    ["e\u0301", "\u00e9"],
    ["\ud800x", "\ufffdx"],
    ["日本語.docx", "日本語.docx"],
  ];
  for (const [name, safe] of cases) assert.equal(safeFileName(name), safe);
});

test("a long name keeps its ending and fits into 240 bytes, whatever its letters are", () => {
  for (const letter of ["x", "é", "語", "🐭"]) {
    const safe = safeFileName(`${letter.repeat(500)}.tar`);
    assert.ok(Buffer.byteLength(safe) <= 240 && Buffer.byteLength(safe) > 230, safe);
    assert.ok(safe.endsWith(".tar"));
    assert.equal(safe, safe.toWellFormed());
  }
});

test("a name to save as has no separators, control characters or marks that turn the reading direction", () => {
  assert.equal(downloadName("a/b.txt"), "b.txt");
  assert.equal(downloadName("a\\b:c?.txt"), "a_b_c_.txt");
  assert.equal(downloadName("\u202egpj.exe"), "gpj.exe");
  assert.equal(downloadName("a\r\nSet-Cookie: x"), "a__Set-Cookie_ x");
  assert.equal(downloadName(".."), "__");
  assert.equal(downloadName("\u200f"), "_");
  assert.equal(downloadName("a\u2028b"), "a_b");
  assert.equal(downloadName("x/con.txt"), "_con.txt");
});

test("a very long name is shortened and keeps its ending", () => {
  const name = downloadName(`${"🐿️".repeat(300)}.jpeg`);
  assert.ok(Buffer.byteLength(name) <= 240);
  assert.ok(name.endsWith(".jpeg"));
  assert.ok(name.isWellFormed());
});

test("Content-Disposition carries any name and can't be broken out of", () => {
  assert.equal(
    attachment(downloadName(`x/na"me'(1)*€.txt`)),
    `attachment; filename="na_me'(1)__.txt"; filename*=UTF-8''na_me%27%281%29_%E2%82%AC.txt`,
  );
  for (const name of ['"; filename="evil.exe', "a\r\nX: y", "%00", "🐿️"]) {
    assert.match(attachment(name), /^attachment; filename="[^"\\\r\n%]*"; filename\*=UTF-8''[\w%.~!-]*$/);
  }
});

test("an extension is short, has no space, and stays with what it is packed in", () => {
  const cases: [name: string, stem: string, extension: string][] = [
    ["a.txt", "a", ".txt"],
    ["a.tar.gz", "a", ".tar.gz"],
    [".env", ".env", ""],
    ["v1. final report", "v1. final report", ""],
    ["a.", "a.", ""],
    ["a\n.txt", "a\n", ".txt"],
    [`a.${"x".repeat(17)}`, `a.${"x".repeat(17)}`, ""],
  ];
  for (const [name, stem, extension] of cases) assert.deepEqual(splitExtension(name), { stem, extension }, name);
});

test("of several files of one path, each but the first has a number before its extension", () => {
  assert.equal(numbered("a/b.txt", 2), "a/b (2).txt");
  assert.equal(numbered("backup.tar.gz", 3), "backup (3).tar.gz");
  assert.equal(numbered("a.b/c", 2), "a.b/c (2)");
});

test("what a name says that a file is does not depend on capitals or on what nobody sees", () => {
  const cases: [name: string, extension: string][] = [
    ["a.PDF", "pdf"],
    ["a.tar.gz", "gz"],
    ["a.pdf\u200f", "pdf"],
    ["a.p\u00addf ", "pdf"],
    [".env", ""],
    ["a/.env", ""],
    ["a", ""],
    ["a.not an extension", ""],
  ];
  for (const [name, extension] of cases) assert.equal(extensionOf(name), extension, name);
});
