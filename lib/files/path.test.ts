import assert from "node:assert/strict";
import { test } from "node:test";
import { attachment, downloadName, normalizePath } from "./path.ts";

const refused = (path: string, sentence: RegExp) =>
  assert.throws(() => normalizePath(path), { code: "InvalidInput", status: 422, message: sentence });

test("a path keeps its folders and loses what says nothing", () => {
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

test("what leads out of its folder, has no name, or is too long is refused in a sentence", () => {
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

test("a name to save as has no separators, control characters or marks that turn the reading direction", () => {
  assert.equal(downloadName("a/b.txt"), "b.txt");
  assert.equal(downloadName("a\\b:c?.txt"), "a_b_c_.txt");
  assert.equal(downloadName("\u202egpj.exe"), "gpj.exe");
  assert.equal(downloadName("a\r\nSet-Cookie: x"), "a__Set-Cookie_ x");
  assert.equal(downloadName(".."), "_");
  assert.equal(downloadName("\u200f"), "file");
});

test("a very long name is shortened and keeps its ending", () => {
  const name = downloadName(`${"🐿️".repeat(300)}.jpeg`);
  assert.ok(name.length <= 200);
  assert.ok(name.endsWith(".jpeg"));
  assert.ok(name.isWellFormed());
});

test("Content-Disposition carries any name and can't be broken out of", () => {
  assert.equal(
    attachment(`x/na"me'(1)*€.txt`),
    `attachment; filename="na_me'(1)__.txt"; filename*=UTF-8''na_me%27%281%29_%E2%82%AC.txt`,
  );
  for (const name of ['"; filename="evil.exe', "a\r\nX: y", "%00", "🐿️"]) {
    assert.match(attachment(name), /^attachment; filename="[^"\\\r\n%]*"; filename\*=UTF-8''[\w%.~!-]*$/);
  }
});
