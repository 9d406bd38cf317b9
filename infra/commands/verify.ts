/**
 * `npm run verify`: what can be said of the code without running it. One line a check; fails when one does.
 * `npm run typecheck` and `npm run lint` run those whose names begin so.
 */
import { delimiter, join, resolve } from "node:path";
import { spawnGuarded } from "../local/core/child-process.ts";
import type { Count } from "./count.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const BIN = join(PROJECT, "node_modules", ".bin");

/** A program and its arguments; the check passes when it exits with 0. */
const CHECKS: Record<string, string[]> = {
  "types (tsc)": ["tsc", "--noEmit", "-p", "."],
  "types of the infrastructure (tsc)": [process.execPath, "infra/check/types.ts"],
  "lint and format (biome)": ["biome", "check", "--diagnostic-level=error", "."],
  "dead code and dependencies (knip)": ["knip", "--no-progress", "--no-config-hints"],
  "import rules (dependency-cruiser)": [process.execPath, "infra/commands/import-rules.ts"],
  "lib/db/KEYS.md is fresh": [process.execPath, "lib/db/keys.ts", "--check"],
  "the API's document and its client's types are fresh": [process.execPath, "lib/api/generate.ts", "--check"],
  "cli/dormouse.1 is fresh": [process.execPath, "cli/manual.ts", "--check"],
};

/** Runs the checks whose names begin with `start` in parallel; by default all. */
export async function verify(start = ""): Promise<Count> {
  const chosen = Object.entries(CHECKS).filter(([name]) => name.startsWith(start));
  const results = await Promise.all(chosen.map(([name, command]) => check(name, command)));
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed, skipped: 0 };
}

function check(name: string, [program = "", ...args]: string[]): Promise<boolean> {
  const started = performance.now();
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH ?? ""}` };
  const child = spawnGuarded(program, args, { cwd: PROJECT, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((done) => {
    const end = (passed: boolean) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${passed ? "ok    " : "FAILED"} ${name}, ${seconds} s${passed ? "" : `\n${output.trimEnd()}\n`}`);
      done(passed);
    };
    child.once("error", (error) => {
      output += error.message;
      end(false);
    });
    child.once("close", (code) => end(code === 0));
  });
}

if (process.argv[1] === import.meta.filename) process.exitCode = (await verify(process.argv[2])).failed === 0 ? 0 : 1;
