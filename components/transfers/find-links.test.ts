import assert from "node:assert/strict";
import { test } from "node:test";
import { findLinks } from "./find-links.ts";

const links = (text: string) => findLinks(text).filter(({ href }) => href !== undefined);
const hrefs = (text: string) => links(text).map(({ href }) => href);

test("a message is all there, whatever of it can be followed", () => {
  const text = "Look at https://example.org/a?b=c#d, and (http://example.org).\nThanks";
  assert.equal(
    findLinks(text)
      .map((piece) => piece.text)
      .join(""),
    text,
  );
  assert.deepEqual(hrefs(text), ["https://example.org/a?b=c#d", "http://example.org/"]);
  assert.deepEqual(findLinks("no link"), [{ text: "no link" }]);
  assert.deepEqual(findLinks(""), []);
});

test("punctuation at the end is no part of a link, brackets that were opened in it are", () => {
  for (const end of [
    ".",
    ",",
    "!",
    "?",
    "…",
    "...",
    ")",
    ").",
    "]",
    "'",
    "»",
    "”",
    "”.",
    "。",
    "，次",
    ">",
    ";",
    ":",
    "*",
  ])
    assert.deepEqual(hrefs(`See (https://example.org/a${end}`), ["https://example.org/a"], end);
  assert.deepEqual(hrefs("https://en.example.org/wiki/Dormouse_(animal)."), [
    "https://en.example.org/wiki/Dormouse_(animal)",
  ]);
});

test("nothing but http, https and mailto can be followed", () => {
  for (const text of [
    "javascript:alert(1)",
    "JavaScript://example.org/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://example.org",
    "xhttps://example.org",
    "javascript:https://example.org",
    "blob:https://example.org/1",
    "https://",
    "https://nohost",
    "http://exa mple",
    "mailto:",
    "mailto:nobody",
  ])
    assert.deepEqual(hrefs(text), [], text);
  assert.deepEqual(hrefs("HTTPS://EXAMPLE.org/A"), ["https://example.org/A"]);
  assert.deepEqual(hrefs("www.example.org/a"), ["https://www.example.org/a"]);
  assert.deepEqual(hrefs("mailto:ana+x@example.org?bcc=eve@example.org&body=x"), ["mailto:ana%2Bx@example.org"]);
});

test("where a link leads is what is read, or is said", () => {
  for (const text of [
    "https://bank.example@evil.example/",
    "https://bank.example:443@evil.example",
    "https://bank.example\\@evil.example",
  ])
    assert.deepEqual(hrefs(text), [], text);
  const said: [string, string | undefined][] = [
    ["https://example.org/a", undefined],
    ["https://EXAMPLE.org", undefined],
    ["https://b\u00fccher.example/", "xn--bcher-kva.example"],
    ["https://\u0430pple.example/", "xn--pple-43d.example"],
    ["https://ex%61mple.org/", "example.org"],
    ["http://0x7f.1/", "127.0.0.1"],
    ["mailto:ana@b\u00fccher.example", "xn--bcher-kva.example"],
    ["mailto:ana@example.org", undefined],
  ];
  for (const [text, goesTo] of said) {
    assert.equal(links(text).length, 1, text);
    assert.equal(links(text)[0]?.goesTo, goesTo, text);
  }
  for (const mark of ["\u202e", "\u2066", "\u200b", "\u00ad"])
    assert.deepEqual(
      hrefs(`https://example.org/a${mark}gpj.exe`),
      ["https://example.org/a"],
      "it ends at what is not seen",
    );
});
