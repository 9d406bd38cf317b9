/** Starts and ends child processes so that none outlives the router, however the router ends. */
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits on a pipe that the router holds. When it closes, the program or the router has ended, and what is left of their
 * process group is killed. The program takes the place of the shell, so that pid, signals and exit are its own.
 */
const GUARD = `(read -r _ <&3; kill -s KILL -- -$$) >/dev/null 2>&1 4<&- & exec "$@" 3<&-`;

/**
 * Spawns a program in a process group of its own that is killed when this process ends, even by SIGKILL. With `channel`
 * the program has Node's IPC channel to this process.
 */
export function spawnGuarded(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; output?: "pipe" | "inherit"; channel?: boolean } = {},
): ChildProcess {
  const { output = "pipe", channel = false, ...rest } = options;
  const stdio: StdioOptions = ["ignore", output, output, "pipe", ...(channel ? (["ipc"] as const) : [])];
  const child = spawn("/bin/sh", ["-c", GUARD, "sh", command, ...args], { ...rest, stdio, detached: true });
  const guard = child.stdio[3];
  guard?.on("error", () => undefined); // the guard may be gone already, together with its group
  child.once("exit", () => guard?.destroy());
  return child;
}

/** A child's whole environment. Next's types require NODE_ENV in every ProcessEnv; a child may do without it. */
export const childEnvironment = (variables: Record<string, string>): NodeJS.ProcessEnv =>
  variables as NodeJS.ProcessEnv;

/** Resolves when the child has ended, also when it never started. */
export function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
}

/**
 * Asks a child to end with the signal `ask` (by default SIGTERM) and kills it after `graceMs`. Resolves when it has
 * ended.
 */
export async function endChild(
  child: ChildProcess,
  options: { ask?: () => void; graceMs?: number } = {},
): Promise<void> {
  const { ask = () => child.kill("SIGTERM"), graceMs = 2000 } = options;
  const exited = exitOf(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  ask();
  const killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await exited;
  clearTimeout(killer);
}

/** The command line of a process; empty when the process has ended or this system does not tell. */
export function commandLine(pid: number): string {
  return readProc(pid, "cmdline").replaceAll("\0", " ").trim();
}

/** Resident memory of a process in bytes, if the system tells it. */
export function residentBytes(pid: number): number | undefined {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(pid, "status"))?.[1];
  return kib ? Number(kib) * 1024 : undefined;
}

/** Kills a process that an earlier router left behind, but only if its command line shows that it is the right one. */
export async function killOrphan(pid: number, isOurs: (commandLine: string) => boolean): Promise<boolean> {
  if (!isOurs(commandLine(pid))) return false;
  process.kill(pid, "SIGKILL");
  for (let waited = 0; waited < 2000 && isOurs(commandLine(pid)); waited += 10) await delay(10);
  return true;
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return "";
    throw error;
  }
}
