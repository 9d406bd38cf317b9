/**
 * What a program that opens strangers' files may reach on this machine: what it needs to run, a temporary folder, and
 * the named ports; no home folder, no credentials, no other process, no other address.
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, isAbsolute, join, sep } from "node:path";
import { childEnvironment, exitOf } from "./child-process.ts";
import { type ForwardedPort, spawnConfined } from "./namespace.ts";

export type Isolation = {
  /**
   * The ports that it reaches on 127.0.0.1. Asked for at each start, because the router's servers start later than the
   * functions.
   */
  forwardedPorts: () => readonly ForwardedPort[];
  /** Where programs of this machine and their data are, besides the system's own folders. */
  read: readonly string[];
};

/**
 * The variables of a function's environment that a program may have: those that identify nobody and give access to
 * nothing.
 */
const HARMLESS = ["PATH", "LANG", "AWS_REGION", "AWS_DEFAULT_REGION", "DORMOUSE_TEST_SIGNATURES", "DORMOUSE_UNSCANNED"];
/** A task reports by itself, and asks the broker. */
const REPORTING = [
  "SST_RESOURCE_Broker",
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
  ...["AWS_ENDPOINT_URL_SFN", "AWS_ENDPOINT_URL_LAMBDA"],
];
/** Signatures of ClamAV, where Debian and others put them. */
const DATA = ["/var/lib/clamav"];

/** The environment variables of an isolated program. */
export function isolatedVariables(all: Record<string, string>, kind: "function" | "task"): Record<string, string> {
  const names = kind === "task" ? [...HARMLESS, ...REPORTING] : HARMLESS;
  return { ...Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))), HOME: "/tmp" };
}

/** The folders of PATH that contain no home folder, with the data of the programs that are found there. */
export function programFolders({ home }: { home: string }, path = process.env.PATH ?? ""): string[] {
  const isAbove = (folder: string): boolean =>
    [home, homedir()].some((one) => `${one}${sep}`.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`));
  return [...path.split(delimiter).filter((folder) => isAbsolute(folder) && !isAbove(folder)), ...DATA];
}

/**
 * Starts the program with a temporary folder of its own, which is removed with it. The program sees no files but those
 * of the isolation and of `read`.
 */
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
    confinement: { forwardedPorts: isolation.forwardedPorts(), files },
    cwd,
    // Otherwise the programs that it starts would warn that they can't be confined (lib/programs/sandbox-support.ts).
    env: childEnvironment({ ...env, DORMOUSE_CONFINED: "yes" }),
    say,
  });
  void exitOf(child).then(() => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }));
  return child;
}
