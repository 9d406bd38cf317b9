/** `npm run verify`: what can be said of the code without running it. One line a check; fails when one does. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";

const PROJECT = resolve(import.meta.dirname, "..");
const CHECKS: Record<string, string[]> = {
  "types (tsc)": ["tsc", "--noEmit", "-p", "."],
  "lint and format (biome)": ["biome", "check", "--diagnostic-level=error", "."],
};

/** Runs the checks side by side; answers how many passed and failed. */
export async function verify(): Promise<{ passed: number; failed: number }> {
  const results = await Promise.all(Object.entries(CHECKS).map(([name, command]) => check(name, command)));
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed };
}

function check(name: string, [command = "", ...words]: string[]): Promise<boolean> {
  const started = performance.now();
  return new Promise((done) => {
    const child = spawn(command, words, { cwd: PROJECT, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const end = (ok: boolean) => {
      console.log(`${ok ? "ok    " : "FAILED"} ${name}, ${((performance.now() - started) / 1000).toFixed(1)} s`);
      if (!ok) console.log(output);
      done(ok);
    };
    child.once("error", () => end(false));
    child.once("close", (code) => end(code === 0));
  });
}

if (process.argv[1] === import.meta.filename) {
  const { failed } = await verify();
  process.exitCode = failed === 0 ? 0 : 1;
}
