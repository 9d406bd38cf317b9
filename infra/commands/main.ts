/** The commands behind `npm start`, `npm run dev`, `npm run cloud`, `npm run build`, `npm test` and the rest. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CommandError } from "../local/core/command-error.ts";
import { end, PROJECT } from "./run-cloud.ts";
import { none, USAGE, UsageError } from "./usage.ts";

const commands: Record<string, (args: string[]) => Promise<void>> = {
  start: async (args) => (await import("./start.ts")).run(args),
  dev: async (args) => (await import("./dev.ts")).run(args),
  cloud: async (args) => (await import("./cloud.ts")).run(args),
  async build(args) {
    none(args);
    const { ensureBuild } = await import("./build.ts");
    await ensureBuild(PROJECT);
  },
  test: (args) => hand("infra/commands/run-tests.ts", args),
  bench: (args) => hand("e2e/bench/main.ts", args),
  deploy: (args) => hand("infra/deploy/deploy.ts", args),
  remove: (args) => hand("infra/deploy/remove.ts", args),
  "deploy:rehearsal": (args) => hand("infra/deploy/rehearsal/main.ts", args),
  "images:rehearsal": (args) => hand("infra/tasks/rehearsal/main.ts", args),
  smoke: (args) => hand("e2e/smoke/main.ts", args),
  screenshots: (args) => hand("e2e/screenshots/main.ts", args),
  torture: (args) => hand("e2e/torture/main.ts", args),
  fuzz: (args) => hand("e2e/fuzz/main.ts", args),
  "infra:resources": (args) => hand("infra/check/list.ts", args),
  async verify(args) {
    none(args);
    await hand("infra/commands/verify.ts", []);
  },
  async typecheck(args) {
    none(args);
    await hand("infra/commands/verify.ts", ["types"]);
  },
  async lint(args) {
    none(args);
    await hand("infra/commands/verify.ts", ["lint"]);
  },
  async format(args) {
    none(args);
    const child = spawn("biome", ["format", "--write", "."], { cwd: PROJECT, stdio: "inherit" });
    child.once("exit", (code) => end(code ?? 1));
  },
};

/** Runs another program of the project in this process, with the words that follow. */
async function hand(file: string, args: string[]): Promise<void> {
  const path = join(PROJECT, file);
  process.argv.splice(1, process.argv.length - 1, path, ...args);
  await import(pathToFileURL(path).href);
}

function fail(error: unknown): void {
  if (error instanceof UsageError) console.error(USAGE);
  else if (error instanceof CommandError) console.error(error.message);
  else console.error(error);
  end(error instanceof UsageError ? 2 : 1);
}

const [, , name = "", ...args] = process.argv;
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
await (command ? command(args) : Promise.reject(new UsageError())).catch(fail);
