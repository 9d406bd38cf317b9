import assert from "node:assert/strict";
import { test } from "node:test";
import { Recipients } from "#lib/deliveries/address.schema.ts";
import { readAddress, withoutDuplicates } from "./address.ts";

test("addresses are kept as they are written to, with the domain in ASCII and lower case", () => {
  const good: [string, string][] = [
    ["ana@example.org", "ana@example.org"],
    ["  Ana.Lind+files@Example.ORG ", "Ana.Lind+files@example.org"],
    ["ana@bücher.example", "ana@xn--bcher-kva.example"],
    ["o'neil@sub.example.co.uk", "o'neil@sub.example.co.uk"],
  ];
  for (const [given, email] of good) assert.deepEqual(readAddress(given), { email });
});

test("what is no address is refused with a sentence that names it", () => {
  const wrong = [
    "",
    "ana",
    "@example.org",
    "ana@",
    "ana@localhost",
    "ana@127.0.0.1",
    "ana@[::1]",
    "a b@example.org",
    "ana@exa mple.org",
    ".ana@example.org",
    "ana..b@example.org",
    "ana@example.org\r\nBcc: eve@example.org",
    "ana@-example.org",
    "ünal@example.org",
    `${"a".repeat(65)}@example.org`,
    `a@${"b.".repeat(130)}org`,
    "ana@example.org?bcc=eve",
    "ana@user@example.org",
  ];
  for (const text of wrong) {
    const read = readAddress(text);
    assert.ok("problem" in read, text);
    assert.match(read.problem, /^“.*” .*\.$/s);
  }
});

test("a name can't carry anything into a header, or turn the reading direction around", () => {
  const [one] = Recipients.parse([{ email: "ana@example.org", name: "Ana\r\nBcc: eve@example.org\u202e" }]);
  assert.equal(one?.name, "Ana Bcc: eve@example.org");
});

test("what nobody sees of an address, and what people put around it, is taken away", () => {
  const unseen = ["\u200b", "\ufeff", "\u00ad", "\u202a", "\u202c", "\u2066", "\u200e", "\u2060", "\u00a0", "\u3000"];
  for (const mark of [...unseen, "\u061c", "\u180e", "\u200d", "\ufe0f", "\u3164", "\u0000", "\u{e0001}"]) {
    assert.deepEqual(readAddress(`${mark}ana@example.org${mark}`), { email: "ana@example.org" }, JSON.stringify(mark));
    if (mark.trim() === "") continue;
    assert.deepEqual(readAddress(`a${mark}na@exam${mark}ple.org`), { email: "ana@example.org" }, JSON.stringify(mark));
  }
  for (const text of [
    "'ana@example.org'",
    "“ana@example.org”",
    "<ana@example.org>",
    "mailto:ana@example.org",
    "'ana@example.org",
  ])
    assert.deepEqual(readAddress(text), { email: "ana@example.org" });
  assert.deepEqual(readAddress("ana@example.org."), { email: "ana@example.org" });
  assert.deepEqual(readAddress("ａｎａ＠ｅｘａｍｐｌｅ．ｏｒｇ"), { email: "ana@example.org" });
  // In the middle of a word of Persian the joiner makes another word, and another domain.
  assert.deepEqual(readAddress("ana@نامه\u200cای.com"), { email: "ana@xn--mgba3gch31f060k.com" });
});

test("the reason is the right one", () => {
  const reasons: [string, RegExp][] = [
    ["ana", /^“ana” is not an e-mail address\.$/],
    ["ana lind@example.org", /space/],
    ["ana@user@example.org", /more than one @/],
    ["ana@example", /follows the @/],
    ["ana..b@example.org", /before the @/],
    ["ünal@example.org", /do not deliver/],
    [`${"a".repeat(65)}@example.org`, /at most 64/],
    [`a@${"b.".repeat(125)}org`, /at most 254/],
  ];
  for (const [text, reason] of reasons) {
    const read = readAddress(text);
    assert.match("problem" in read ? read.problem : "", reason);
  }
  assert.deepEqual(readAddress(`${"a".repeat(64)}@example.org`), { email: `${"a".repeat(64)}@example.org` });
});

test("two of one address are one, with the name that is known", () => {
  assert.deepEqual(withoutDuplicates([{ email: "Ana@example.org" }, { email: "ana@example.org", name: "Ana" }]), [
    { email: "Ana@example.org", name: "Ana" },
  ]);
});

test("a transfer has at most 50 recipients", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ email: `a${index}@example.org` }));
  assert.equal(Recipients.parse(many(50)).length, 50);
  assert.throws(() => Recipients.parse(many(51)), /at most 50 recipients/);
});
