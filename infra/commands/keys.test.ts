import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readSignInToken } from "#lib/auth/sign-in-token.ts";
import { rotated, withdrawn } from "#lib/kernel/keys.ts";
import { mintLinkToken, versionOfToken } from "#lib/links/link-token.ts";
import { childEnvironment } from "../local/core/child-process.ts";
import { changeKeys, loadEnvironment } from "../local/load-environment.ts";
import { temporaryDirectory } from "../local/testing/temporary.ts";
import { signInLink } from "./sign-in.ts";

const LINK = { id: `ln_${"a".repeat(22)}`, version: 1 };

function home(t: TestContext, kept?: object) {
  const folder = temporaryDirectory(t);
  if (kept) writeFileSync(join(folder, "secrets.json"), JSON.stringify(kept));
  return { folder, load: () => loadEnvironment(folder, childEnvironment({ DORMOUSE_HOME: folder })) };
}

test("links made before and after a rotation open, until the old key is withdrawn; the keys of other purposes stay", (t) => {
  const { folder, load } = home(t);
  const begun = load();
  const before = mintLinkToken(begun.keys.links, LINK);
  changeKeys(begun, "links", rotated);
  const both = load();
  const after = mintLinkToken(both.keys.links, LINK);
  assert.notEqual(after, before);
  assert.deepEqual(
    [before, after].map((token) => versionOfToken(both.keys.links, token, LINK)),
    [1, 1],
  );
  assert.deepEqual([both.keys.grants, both.keys["sign-in"]], [begun.keys.grants, begun.keys["sign-in"]]);
  changeKeys(both, "links", withdrawn);
  const { links } = load().keys;
  assert.deepEqual(
    [before, after].map((token) => versionOfToken(links, token, LINK)),
    [undefined, 1],
  );
  assert.equal(statSync(join(folder, "secrets.json")).mode & 0o777, 0o600);
});

test("a home folder with one secret for every purpose keeps its links, and can rotate each", (t) => {
  const { folder, load } = home(t, { linkSecret: "the old one" });
  const old = mintLinkToken(["the old one"], LINK);
  const environment = load();
  assert.equal(versionOfToken(environment.keys.links, old, LINK), 1);
  changeKeys(environment, "sign-in", rotated);
  const changed = load();
  assert.equal(versionOfToken(changed.keys.links, old, LINK), 1);
  assert.equal(changed.keys["sign-in"].length, 2);
  assert.ok(!readFileSync(join(folder, "secrets.json"), "utf8").includes("linkSecret"));
  const token = signInLink(changed).split("/").at(-1) ?? "";
  assert.ok(readSignInToken(changed.keys["sign-in"], token));
  assert.equal(readSignInToken(environment.keys["sign-in"], token), undefined);
});
