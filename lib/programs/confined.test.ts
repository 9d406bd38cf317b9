/** Attackers' programs in the place of ffmpeg, ffprobe and clamd, started by every kind of user. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, chownSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { CONDUCTOR, CONDUCTOR_ID } from "#infra/tasks/conductor.ts";
import { findProgram } from "./find-program.ts";
import type { Attacked, gotOf } from "./testing/attack.ts";

const ATTACK = join(import.meta.dirname, "testing/run-attack.ts");
const isRoot = process.getuid?.() === 0;
const ORDINARY = ["setpriv", "--reuid", "10001", "--regid", "10001", "--clear-groups", "--bounding-set=-all", "--"];

type Answer = Attacked & { got: ReturnType<typeof gotOf>; lines: string[] };
type Attack = { answer: Answer; said: string };

/**
 * Runs the attack in a program that is started with this command; undefined if the user can't even read the program.
 */
async function attack(t: TestContext, start: readonly string[], path = process.env.PATH): Promise<Attack | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  // As /tmp is in the container.
  chmodSync(folder, 0o711);
  if (start.length > 0) {
    chownSync(folder, CONDUCTOR_ID, CONDUCTOR_ID);
    const [command = "", ...args] = [...start, "/bin/sh", "-c", 'test -r "$1" && test -x "$2"', "sh"];
    if (spawnSync(command, [...args, ATTACK, process.execPath], { cwd: "/" }).status !== 0) {
      t.diagnostic("Another user can't read this checkout: not tried.");
      return undefined;
    }
  }
  const [command = "", ...args] = [...start, process.execPath, ATTACK];
  const secret = `/planted-${randomUUID()}`;
  const child = spawn(command, args, {
    cwd: "/",
    // Guarantee: Next's types demand NODE_ENV of every environment; a child may do without.
    env: { PATH: path, TMPDIR: folder, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: secret } as unknown as NodeJS.ProcessEnv,
  });
  let [output, said] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0, said);
  const answer = JSON.parse(output) as Answer;
  for (const line of answer.lines) t.diagnostic(line);
  return { answer, said };
}

function assertCapped({ capped, output }: Attacked): void {
  assert.match(capped.disk ?? "", /^8 MiB: File too large/);
  const heap = Number(/^(\d+) MiB$/.exec(capped.heap ?? "")?.[1]);
  assert.ok(heap >= 64 && heap <= 512, capped.heap);
  assert.equal(output.ended, "well");
  assert.ok(output.kept <= 4 * 1024 ** 2 + 65_536 + 4000, `${output.kept}`);
}

/**
 * Asserts that there were no more processes than allowed, that none is left, and that the folder contains only files
 * and folders.
 */
function assertGone({ capped, left }: Attacked): void {
  const processes = Number(/^(\d+) processes$/.exec(capped.processes ?? "")?.[1]);
  assert.ok(processes > 50 && processes <= 128, capped.processes);
  assert.equal(left.processes, 0);
  assert.deepEqual(left.names, ["heap", "inside", "large"]);
}

const hasNamespaces =
  spawnSync("unshare", ["--user", "--map-current-user", "--pid", "--net", "--fork", "true"]).status === 0;
const ofNamespaces = { ffprobe: ["network"], ffmpeg: ["network"], clamd: [] };

test("a program in the place of ffmpeg or clamd finds nothing, for the user who runs the tests", async (t) => {
  if (!hasNamespaces) return t.skip("This system lets nobody have namespaces.");
  const attacked = await attack(t, []);
  assert.ok(attacked);
  assert.deepEqual(attacked.answer.got, ofNamespaces);
  assertCapped(attacked.answer);
  assertGone(attacked.answer);
  assert.equal(attacked.said, "");
});

test("the same for an ordinary user, with a user namespace", { skip: !isRoot || !hasNamespaces }, async (t) => {
  const attacked = await attack(t, ORDINARY);
  if (!attacked) return;
  assert.deepEqual(attacked.answer.got, ofNamespaces);
  assertCapped(attacked.answer);
  assertGone(attacked.answer);
  assert.equal(attacked.said, "");
});

test("the same for a container's main process, with a user of its own", { skip: !isRoot }, async (t) => {
  const attacked = await attack(t, CONDUCTOR);
  if (!attacked) return;
  // A container has one network, and only there /tmp is closed to others and /var/tmp is read-only.
  const allowed = ["shared", "network"];
  assert.deepEqual(attacked.answer.got, { ffprobe: allowed, ffmpeg: allowed, clamd: allowed });
  assertCapped(attacked.answer);
  assertGone(attacked.answer);
  assert.equal(attacked.said, "");
});

test("where confinement is impossible, the log says so once, and the limits still hold", async (t) => {
  // Without the program that makes namespaces. Root could still start the program as another user.
  const bin = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  t.after(() => rmSync(bin, { recursive: true, force: true }));
  chmodSync(bin, 0o755);
  for (const name of ["setpriv", "prlimit", "sh", "cat"])
    symlinkSync(findProgram(name) ?? assert.fail(name), join(bin, name));
  const attacked = await attack(t, isRoot ? ORDINARY : [], bin);
  if (!attacked) return;
  assertCapped(attacked.answer);
  assert.equal(attacked.answer.powers.clamd.environment, "nothing there");
  assert.deepEqual(attacked.answer.left.names, ["heap", "inside", "large"]);
  assert.equal(attacked.said.match(/This system lets no program be shut in/g)?.length, 1);
});
