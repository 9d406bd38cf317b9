import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { findChromium, requireChromium } from "./chromium.ts";

/** Paths for programs in a folder of the test; `put` makes one that exits with the given code. */
function makePlaces(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-chromium-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);
  const put = (name: string, code = 0): string => {
    writeFileSync(at(name), `#!/bin/sh\nexit ${code}\n`);
    chmodSync(at(name), 0o755);
    return at(name);
  };
  return { at, put };
}

test("the first browser that exists and runs is used", (t) => {
  const { at, put } = makePlaces(t);
  const [stub, real, later] = [put("stub", 10), put("real"), put("later")];
  assert.equal(findChromium([undefined, "", at("absent"), stub, real, later]), real);
  assert.equal(findChromium([at("absent"), stub]), undefined);
});

test("if there is a browser, nothing is installed", (t) => {
  const { put } = makePlaces(t);
  const real = put("chromium");
  const install = () => assert.fail("There was one already.");
  assert.equal(requireChromium({ candidates: () => [real], installers: [{ name: "any", install }] }), real);
});

test("without a browser, installers are tried until one has installed it", (t) => {
  const { at, put } = makePlaces(t);
  const tried: string[] = [];
  const bring = (name: string, install: () => void) => ({
    name,
    install() {
      tried.push(name);
      install();
    },
  });
  const found = requireChromium({
    candidates: () => [at("chromium")],
    installers: [bring("first", () => {}), bring("second", () => put("chromium")), bring("third", () => {})],
  });
  assert.equal(found, at("chromium"));
  assert.deepEqual(tried, ["first", "second"]);
});

test("if none can be installed, a sentence says what to do", () => {
  assert.throws(
    () => requireChromium({ candidates: () => [undefined], installers: [] }),
    /Install the package `chromium`/,
  );
});

test("this machine has a browser", () => {
  assert.ok(existsSync(requireChromium()));
});
