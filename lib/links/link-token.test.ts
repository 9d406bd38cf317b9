import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "../kernel/id.ts";
import type { Keys } from "../kernel/keys.ts";
import { linkIdOfToken, mintLinkToken, versionOfToken } from "./link-token.ts";

const KEYS: Keys = ["a key of the deployment"];
const link = { id: newId("ln"), version: 3 };
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

test("a token says its link's id, and for which version it was made", () => {
  const token = mintLinkToken(KEYS, link);
  assert.equal(linkIdOfToken(token), link.id);
  assert.equal(versionOfToken(KEYS, token, link), 3);
  assert.equal(mintLinkToken(KEYS, link), token, "it can be shown again");
});

test("a token of an earlier version is known as such, one of a later version is not", () => {
  const older = mintLinkToken(KEYS, { ...link, version: 1 });
  const newer = mintLinkToken(KEYS, { ...link, version: 4 });
  assert.equal(versionOfToken(KEYS, older, link), 1);
  assert.equal(versionOfToken(KEYS, newer, link), undefined);
});

test("no character of the HMAC can be another one", () => {
  const token = mintLinkToken(KEYS, link);
  for (let at = 22; at < token.length; at++) {
    for (const character of ALPHABET) {
      if (character === token[at]) continue;
      const forged = token.slice(0, at) + character + token.slice(at + 1);
      assert.equal(versionOfToken(KEYS, forged, link), undefined, `${character} at ${at}`);
    }
  }
});

test("a token is worth nothing for another link or with another key", () => {
  const token = mintLinkToken(KEYS, link);
  assert.equal(versionOfToken(KEYS, token, { ...link, id: newId("ln") }), undefined);
  assert.equal(versionOfToken(["another key"], token, link), undefined);
});

test("after a rotation links made before and after both open, until the old key is withdrawn", () => {
  const before = mintLinkToken(KEYS, link);
  const both: Keys = ["a newer key", ...KEYS];
  const after = mintLinkToken(both, link);
  assert.notEqual(after, before);
  assert.deepEqual([versionOfToken(both, before, link), versionOfToken(both, after, link)], [3, 3]);
  const newer: Keys = ["a newer key"];
  assert.deepEqual([versionOfToken(newer, before, link), versionOfToken(newer, after, link)], [undefined, 3]);
});

test("a link that was revoked stays so after a rotation", () => {
  const revoked = mintLinkToken(KEYS, { ...link, version: 2 });
  assert.equal(versionOfToken(["a newer key", ...KEYS], revoked, link), 2);
});

test("what is no token has no id", () => {
  const token = mintLinkToken(KEYS, link);
  for (const text of [
    "",
    "x",
    token.slice(1),
    `${token}A`,
    `${token.slice(0, -1)}/`,
    token.replace(/^./, "-"),
    "é".repeat(44),
  ]) {
    assert.equal(linkIdOfToken(text), undefined, text);
  }
});
