/**
 * What a program that opens strangers' files has of this machine: what it needs to run, a temporary folder, and the ports
 * that are named; no home, no credentials, no other process, no other address.
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { childEnvironment, exitOf } from "./child-process.ts";
import { type Door, spawnConfined } from "./namespace.ts";

export type Isolation = {
  /** What it reaches on 127.0.0.1; asked for at each start, since the router's servers come later than the functions. */
  doors: () => readonly Door[];
  /** Where programs of this machine and their data lie, beside those of the system. */
  read: readonly string[];
};

/** By name, of all that a function has in its environment: what says nothing of anybody, and opens nothing. */
const HARMLESS = ["PATH", "LANG", "AWS_REGION", "AWS_DEFAULT_REGION", "DORMOUSE_TEST_SIGNATURES", "DORMOUSE_UNSCANNED"];
/** A task reports by itself, and asks the broker. */
const REPORTING = [
  "SST_RESOURCE_Broker",
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
  ...["AWS_ENDPOINT_URL_SFN", "AWS_ENDPOINT_URL_LAMBDA"],
];
/** Signatures of ClamAV, where Debian and others put them. */
const DATA = ["/var/lib/clamav"];

/** The variables of an isolated program. */
export function isolatedVariables(all: Record<string, string>, kind: "function" | "task"): Record<string, string> {
  const names = kind === "task" ? [...HARMLESS, ...REPORTING] : HARMLESS;
  return { ...Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))), HOME: "/tmp" };
}

/** Folders of PATH that are not above a home, with the data of programs that are found there. */
export function programFolders({ home }: { home: string }, path = process.env.PATH ?? ""): string[] {
  const isAbove = (folder: string): boolean =>
    [home, homedir()].some((one) => `${one}${sep}`.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`));
  return [...path.split(delimiter).filter((folder) => isAbsolute(folder) && !isAbove(folder)), ...DATA];
}

/** Starts it with a temporary folder of its own, which goes with it. What it is to see of files is in `read` as well. */
export function spawnIsolated(
  command: string,
  args: readonly string[],
  options: {
    isolation: Isolation;
    read: readonly string[];
    cwd: string;
    env: Record<string, string>;
    say: (line: string) => void;
  },
): ChildProcess {
  const { isolation, read, cwd, env, say } = options;
  const temporary = mkdtempSync(join(tmpdir(), "dormouse-isolated-"));
  const files = { read: [process.execPath, ...isolation.read, ...read], temporary };
  const { child } = spawnConfined(command, args, {
    confinement: { doors: isolation.doors(), files },
    cwd,
    // What it starts would complain that it can't be shut in (lib/programs/means.ts).
    env: childEnvironment({ ...env, DORMOUSE_SHUT_IN: "yes" }),
    say,
  });
  void exitOf(child).then(() => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }));
  return child;
}
