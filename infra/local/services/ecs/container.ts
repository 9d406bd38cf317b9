/**
 * A task's container: the task's own entry point in a child process, with a limit on its memory, ended with the router.
 */
import type { ChildProcess } from "node:child_process";
import { setPriority } from "node:os";
import { dirname, join, resolve } from "node:path";
import { childEnvironment, exitOf, spawnGuarded } from "../../core/child-process.ts";
import { type Isolation, spawnIsolated } from "../../core/isolation.ts";
import { groupBytes } from "../../core/memory.ts";

export type ContainerOptions = {
  project: string;
  entry: string;
  memoryMb: number;
  environment: Record<string, string>;
  log: (line: string) => void;
  /** If isolated, it reaches nothing of this machine but what is named there. */
  isolation?: Isolation;
  /** How often its memory is measured, in milliseconds. */
  watchMs: number;
};

export type ContainerEnd = { exitCode: number; reason?: string };

export type Container = {
  pid: number | undefined;
  ended: Promise<ContainerEnd>;
  /** Sends SIGTERM, and SIGKILL after a grace period in milliseconds. */
  stop(graceMs: number): void;
};

const OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage";
/** The folders of the project that a task needs. The local cloud's home folder may be inside the project, too. */
const SOURCES = ["lib", "infra/tasks/scan", "node_modules", "package.json", "tsconfig.json"];
/** Memory besides the heap, for buffers and for programs that the task starts. */
const HEAP_SHARE = 0.75;
/** Tasks are long and heavy, so they get a lower priority than what a person waits for. */
const NICENESS = 10;
const SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGKILL: 9, SIGTERM: 15, SIGABRT: 6, SIGSEGV: 11 };

export function startContainer(options: ContainerOptions): Container {
  const { memoryMb, log, watchMs } = options;
  const child = spawnTask(options);
  const { pid } = child;
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) log(line);
    });
    stream?.on("end", () => rest !== "" && log(rest));
  }
  let reason: string | undefined;
  const killAll = (): void => {
    if (pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-pid, "SIGKILL");
  };
  const watch = setInterval(() => {
    if (pid === undefined || groupBytes(pid) <= memoryMb * 1024 * 1024) return;
    reason = OUT_OF_MEMORY;
    killAll();
  }, watchMs);
  let killer: NodeJS.Timeout | undefined;
  if (pid !== undefined) lowerPriority(pid);
  const ended = exitOf(child).then(() => {
    clearInterval(watch);
    clearTimeout(killer);
    const { exitCode, signalCode } = child;
    const code = exitCode ?? (signalCode ? 128 + (SIGNALS[signalCode] ?? 0) : 1);
    return { exitCode: code, ...(reason === undefined ? {} : { reason }) };
  });
  return {
    pid,
    ended,
    stop(graceMs) {
      child.kill("SIGTERM");
      killer ??= setTimeout(killAll, graceMs);
    },
  };
}

function spawnTask({ project, entry, memoryMb, environment, isolation, log }: ContainerOptions): ChildProcess {
  const heap = `--max-old-space-size=${Math.floor(memoryMb * HEAP_SHARE)}`;
  const args = [heap, "--disable-warning=ExperimentalWarning", entry];
  if (!isolation) return spawnGuarded(process.execPath, args, { cwd: project, env: childEnvironment(environment) });
  const read = [...SOURCES.map((name) => join(project, name)), dirname(resolve(project, entry))];
  return spawnIsolated(process.execPath, args, { isolation, read, cwd: project, env: environment, say: log });
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, NICENESS);
  } catch (error) {
    // It may have ended already.
    if (!(error instanceof Error && "code" in error && error.code === "ERR_SYSTEM_ERROR")) throw error;
  }
}
