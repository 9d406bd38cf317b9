import assert from "node:assert/strict";
import { test } from "node:test";
import type { Keys } from "../kernel/keys.ts";
import { mintSignInToken, readSignInToken } from "./sign-in-token.ts";

const KEYS: Keys = ["a key of the deployment"];
const now = new Date("2026-01-01T00:00:00Z");

test("a token tells its nonce and that it lasts for a day; no two are alike", () => {
  const token = mintSignInToken({ keys: KEYS, now });
  const read = readSignInToken(KEYS, token);
  assert.match(read?.nonce ?? "", /^[0-9A-Za-z]{22}$/);
  assert.deepEqual(read?.expiresAt, new Date("2026-01-02T00:00:00Z"));
  assert.notEqual(mintSignInToken({ keys: KEYS, now }), token);
});

test("no character can be another one", () => {
  const token = mintSignInToken({ keys: KEYS, now });
  for (let at = 0; at < token.length; at++) {
    for (const character of ["A", "b", "0", "-", "_"]) {
      if (character === token[at]) continue;
      const forged = token.slice(0, at) + character + token.slice(at + 1);
      assert.equal(readSignInToken(KEYS, forged), undefined, `${character} at ${at}`);
    }
  }
});

test("a token of an older key is good until that key is withdrawn", () => {
  const token = mintSignInToken({ keys: KEYS, now });
  assert.ok(readSignInToken(["a newer key", ...KEYS], token));
  assert.equal(readSignInToken(["a newer key"], token), undefined);
});

test("another deployment's token, and what is none, says nothing", () => {
  const token = mintSignInToken({ keys: KEYS, now });
  assert.equal(readSignInToken(["another key"], token), undefined);
  for (const text of ["", "x", "--", `${token}A`, token.slice(1), `${"é".repeat(22)}-abcdef-${"A".repeat(43)}`]) {
    assert.equal(readSignInToken(KEYS, text), undefined);
  }
});
