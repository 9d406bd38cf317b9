/** From the program's words to its exit code. */
import { Interrupted, tell } from "./errors.ts";
import { usageOf } from "./help.ts";
import { parseCall, UsageError } from "./parse.ts";
import { note, type Program, paint } from "./program.ts";
import { type CommandName, EXIT_CODES, type Given } from "./table.ts";
import { VERSION } from "./version.ts";

type Runners = {
  [Name in CommandName]: () => Promise<{ run(program: Program, given: Given<Name>): Promise<void> }>;
};

/** Each command is loaded when it is called, so that the program starts quickly. */
const RUNNERS: Runners = {
  login: () => import("./commands/login.ts"),
  logout: () => import("./commands/logout.ts"),
  whoami: () => import("./commands/whoami.ts"),
  send: () => import("./commands/send.ts"),
  get: () => import("./commands/get.ts"),
  list: () => import("./commands/list.ts"),
  show: () => import("./commands/show.ts"),
  link: () => import("./commands/link.ts"),
  extend: () => import("./commands/extend.ts"),
  delete: () => import("./commands/delete.ts"),
  restore: () => import("./commands/restore.ts"),
  completion: () => import("./commands/completion.ts"),
  help: () => import("./commands/help.ts"),
};

/** Runs what the words ask for; answers the exit code. Errors are told on the standard error, never thrown. */
export async function runCall(words: readonly string[], world: Omit<Program, "json">): Promise<number> {
  // Asked for JSON, a program gets JSON, also where its other words can't be parsed.
  const program: Program = { ...world, json: words.includes("--json") };
  try {
    const call = parseCall(words);
    if (call === "version") program.stdout.write(`${VERSION}\n`);
    else {
      const { run } = await RUNNERS[call.name]();
      // Guarantee: the runner of this name takes what its options gave.
      await (run as (program: Program, given: unknown) => Promise<void>)(program, call.given);
    }
    return EXIT_CODES.ok[0];
  } catch (error) {
    return fail(program, program.signal.reason instanceof Interrupted ? program.signal.reason : error);
  }
}

function fail(program: Program, error: unknown): number {
  const { ending, code, message, details } = tell(error);
  if (program.json)
    program.stderr.write(`${JSON.stringify({ error: { code, message, ...(details ? { details } : {}) } })}\n`);
  else {
    note(program, `${paint(program, "red", "dormouse:", "stderr")} ${message}`);
    if (error instanceof UsageError && error.command) note(program, `Usage: ${usageOf(error.command)}`);
  }
  return EXIT_CODES[ending][0];
}
