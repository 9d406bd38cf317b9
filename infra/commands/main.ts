/** The commands behind `npm start`, `npm run dev`, `npm run cloud`, `npm run build`, `npm test` and the rest. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CommandError } from "../local/core/command-error.ts";
import { end, PROJECT } from "./run-cloud.ts";
import { none, USAGE, UsageError } from "./usage.ts";

const commands: Record<string, (words: string[]) => Promise<void>> = {
  start: async (words) => (await import("./start.ts")).run(words),
  dev: async (words) => (await import("./dev.ts")).run(words),
  cloud: async (words) => (await import("./cloud.ts")).run(words),
  async build(words) {
    none(words);
    const { ensureBuild } = await import("./build.ts");
    await ensureBuild(PROJECT);
  },
  test: (words) => hand("infra/commands/run-tests.ts", words),
  bench: (words) => hand("e2e/bench/main.ts", words),
  deploy: (words) => hand("infra/deploy/deploy.ts", words),
  remove: (words) => hand("infra/deploy/remove.ts", words),
  "deploy:rehearsal": (words) => hand("infra/deploy/rehearsal/main.ts", words),
  "images:rehearsal": (words) => hand("infra/tasks/rehearsal/main.ts", words),
  smoke: (words) => hand("e2e/smoke/main.ts", words),
  screenshots: (words) => hand("e2e/screenshots/main.ts", words),
  torture: (words) => hand("e2e/torture/main.ts", words),
  fuzz: (words) => hand("e2e/fuzz/main.ts", words),
  "infra:resources": (words) => hand("infra/check/list.ts", words),
  async verify(words) {
    none(words);
    await hand("infra/commands/verify.ts", []);
  },
  async typecheck(words) {
    none(words);
    await hand("infra/commands/verify.ts", ["types"]);
  },
  async lint(words) {
    none(words);
    await hand("infra/commands/verify.ts", ["lint"]);
  },
  async format(words) {
    none(words);
    const child = spawn("biome", ["format", "--write", "."], { cwd: PROJECT, stdio: "inherit" });
    child.once("exit", (code) => end(code ?? 1));
  },
};

/** Runs another program of the project in this process, with the words that follow. */
async function hand(file: string, words: string[]): Promise<void> {
  const path = join(PROJECT, file);
  process.argv.splice(1, process.argv.length - 1, path, ...words);
  await import(pathToFileURL(path).href);
}

function fail(error: unknown): void {
  if (error instanceof UsageError) console.error(USAGE);
  else if (error instanceof CommandError) console.error(error.message);
  else console.error(error);
  end(error instanceof UsageError ? 2 : 1);
}

const [, , name = "", ...words] = process.argv;
const PROGRAMS = [
  "test",
  "verify",
  "typecheck",
  "lint",
  "bench",
  "infra:resources",
  "deploy",
  "deploy:rehearsal",
  "images:rehearsal",
  "remove",
  "smoke",
  "torture",
];
if (PROGRAMS.includes(name)) {
  process.on("disconnect", () => process.exit(1));
} else {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => end(0));
  process.on("disconnect", () => end(1));
}
// The channel tells of run.mjs's end; by itself it must not keep a short command alive.
process.channel?.unref();

const command = commands[name];
await (command ? command(words) : Promise.reject(new UsageError())).catch(fail);
