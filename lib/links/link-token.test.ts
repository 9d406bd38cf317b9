import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "../kernel/id.ts";
import { linkIdOfToken, mintLinkToken, versionOfToken } from "./link-token.ts";

const SECRET = "a secret of the deployment";
const link = { id: newId("ln"), version: 3 };
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

test("a token says its link's id, and for which version it was made", () => {
  const token = mintLinkToken(SECRET, link);
  assert.equal(linkIdOfToken(token), link.id);
  assert.equal(versionOfToken(SECRET, token, link), 3);
  assert.equal(mintLinkToken(SECRET, link), token, "it can be shown again");
});

test("a token of an earlier version is known as such, one of a later version is not", () => {
  const older = mintLinkToken(SECRET, { ...link, version: 1 });
  const newer = mintLinkToken(SECRET, { ...link, version: 4 });
  assert.equal(versionOfToken(SECRET, older, link), 1);
  assert.equal(versionOfToken(SECRET, newer, link), undefined);
});

test("no character of the HMAC can be another one", () => {
  const token = mintLinkToken(SECRET, link);
  for (let at = 22; at < token.length; at++) {
    for (const character of ALPHABET) {
      if (character === token[at]) continue;
      const forged = token.slice(0, at) + character + token.slice(at + 1);
      assert.equal(versionOfToken(SECRET, forged, link), undefined, `${character} at ${at}`);
    }
  }
});

test("a token is worth nothing for another link or with another secret", () => {
  const token = mintLinkToken(SECRET, link);
  assert.equal(versionOfToken(SECRET, token, { ...link, id: newId("ln") }), undefined);
  assert.equal(versionOfToken("another secret", token, link), undefined);
});

test("what is no token has no id", () => {
  const token = mintLinkToken(SECRET, link);
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
