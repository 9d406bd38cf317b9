import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileLocks } from "./locks.ts";

function start(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-locks-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return { folder, locks: fileLocks(folder) };
}

/** No process of Linux has this id. */
const ENDED = 2 ** 22 + 1;

test("a lock is had once, until it is released", async (t) => {
  const { folder, locks } = start(t);
  const release = await locks.claim("tr_a");
  assert.ok(release);
  assert.equal(await locks.claim("tr_a"), undefined);
  assert.deepEqual(await locks.claimed(), new Set(["tr_a"]));
  release();
  release();
  assert.deepEqual(readdirSync(folder), []);
  assert.ok(await locks.claim("tr_a"));
});

test("of many that find a lock whose process has ended, one takes it over", async (t) => {
  const { folder, locks } = start(t);
  for (const content of [`${ENDED}`, "", "no number"]) {
    writeFileSync(join(folder, "tr_a"), content);
    assert.deepEqual(await locks.claimed(), new Set());
    const claims = await Promise.all(Array.from({ length: 20 }, () => locks.claim("tr_a")));
    const got = claims.filter((release) => release !== undefined);
    assert.equal(got.length, 1);
    assert.deepEqual(readdirSync(folder), ["tr_a"]);
    got[0]?.();
  }
});
