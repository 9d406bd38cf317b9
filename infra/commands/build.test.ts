import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { CommandError } from "../local/core/command-error.ts";
import { temporaryDirectory } from "../local/testing/temporary.ts";
import { deployBuild, hashSources } from "./build.ts";

/** A project whose build program is a script of the test. */
function project(t: TestContext, script: string) {
  const root = temporaryDirectory(t);
  const put = (path: string, content: string, mode = 0o644): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, { mode });
  };
  put("app/page.tsx", "one");
  put("lib/a.test.ts", "test");
  put("lib/download-engine/download.worker.ts", "");
  put("node_modules/.bin/open-next", `#!/bin/sh\n${script}\n`, 0o755);
  return { root, put, home: join(root, "home") };
}

const BUILD = `
echo built >> builds.txt
rm -rf .open-next && mkdir -p .open-next/assets .open-next/server-functions/default
echo '{}' > .open-next/open-next.output.json
cat app/page.tsx > .open-next/server-functions/default/index.mjs`;

test("the hash depends on the name and content of every source, and on no test", (t) => {
  const { root, put } = project(t, "");
  const first = hashSources(root);
  put("lib/a.test.ts", "another test");
  assert.equal(hashSources(root), first);
  put("app/page.tsx", "two");
  const second = hashSources(root);
  put("app/page.tsx", "one");
  assert.equal(hashSources(root), first);
  put("lib/b.ts", "");
  assert.equal(new Set([first, second, hashSources(root)]).size, 3);
});

test("the same sources are built once, also by two builds at once, and again when they have changed", async (t) => {
  const { root, put, home } = project(t, BUILD);
  const builds = (): number => readFileSync(join(root, "builds.txt"), "utf8").trim().split("\n").length;
  const [a, b] = await Promise.all([deployBuild(root, home), deployBuild(root, join(root, "other"))]);
  assert.equal(builds(), 1);
  assert.notEqual(a, b);
  await deployBuild(root, home);
  assert.equal(builds(), 1);
  put("app/page.tsx", "two");
  await deployBuild(root, home);
  assert.equal(builds(), 2);
});

test("a deployed build stays complete when another build empties the directory, and only the newest is kept", async (t) => {
  const { root, put, home } = project(t, BUILD);
  const first = await deployBuild(root, home);
  rmSync(join(root, ".open-next"), { recursive: true });
  assert.equal(readFileSync(join(first, "server-functions", "default", "index.mjs"), "utf8"), "one");
  put("app/page.tsx", "two");
  const second = await deployBuild(root, home);
  assert.equal(readFileSync(join(second, "server-functions", "default", "index.mjs"), "utf8"), "two");
  assert.deepEqual(readdirSync(join(home, "deployed")), [second.split("/").at(-1)]);
});

test("functions are built with the app, and deployed where they find the project's packages", async (t) => {
  const { root, put, home } = project(t, BUILD);
  put("lib/entrypoints/steps/check.ts", "export const handler = async () => 'checked';");
  const deployment = await deployBuild(root, home);
  assert.match(readFileSync(join(deployment, "functions", "check", "index.mjs"), "utf8"), /checked/);
  assert.equal(realpathSync(join(deployment, "functions", "node_modules")), realpathSync(join(root, "node_modules")));
  put("lib/entrypoints/steps/check.ts", "export const handler = async () => 'anew';");
  const next = await deployBuild(root, home);
  assert.match(readFileSync(join(next, "functions", "check", "index.mjs"), "utf8"), /anew/);
  assert.ok(existsSync(join(root, "node_modules", ".bin", "open-next")), "what was linked is still there");
});

test("a build that fails shows its output, and is tried again", async (t) => {
  const { root, put, home } = project(t, "echo 'no such module' >&2; exit 1");
  await assert.rejects(
    deployBuild(root, home),
    (error) => error instanceof CommandError && /no such module/.test(error.message),
  );
  put("node_modules/.bin/open-next", `#!/bin/sh\n${BUILD}\n`, 0o755);
  assert.ok(existsSync(await deployBuild(root, home)));
});
