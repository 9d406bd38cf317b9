import assert from "node:assert/strict";
import { test } from "node:test";
import { Recipients } from "#lib/deliveries/address.schema.ts";
import { parseAddressList, readAddress, withoutDuplicates } from "./address.ts";

const emails = (text: string) =>
  parseAddressList(text).recipients.map(({ email, name }) => (name ? `${name}|${email}` : email));

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

test("a pasted list is read with names, whatever separates it", () => {
  assert.deepEqual(emails("ana@example.org, bob@example.org;carla@example.org\ndan@example.org\r\n\n"), [
    "ana@example.org",
    "bob@example.org",
    "carla@example.org",
    "dan@example.org",
  ]);
  assert.deepEqual(emails('"Lind, Ana" <ana@example.org>; Bob B. <mailto:bob@example.org>, <carla@example.org>'), [
    "Lind, Ana|ana@example.org",
    "Bob B.|bob@example.org",
    "carla@example.org",
  ]);
  assert.deepEqual(emails("ana@example.org bob@example.org\tcarla@example.org"), [
    "ana@example.org",
    "bob@example.org",
    "carla@example.org",
  ]);
});

test("what can't be read of a list is given back with its reason, and the rest is kept", () => {
  const { recipients, refused } = parseAddressList("ana@example.org, not an address, <bob>");
  assert.equal(recipients.length, 1);
  assert.deepEqual(
    refused.map(({ text }) => text),
    ["not an address", "<bob>"],
  );
});

test("a name can't carry anything into a header, or turn the reading direction around", () => {
  const [one] = Recipients.parse([{ email: "ana@example.org", name: "Ana\r\nBcc: eve@example.org\u202e" }]);
  assert.equal(one?.name, "Ana Bcc: eve@example.org");
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
