/** A task's container: the task's own entry point in a child process, held to its memory, ended with the router. */
import { setPriority } from "node:os";
import { childEnvironment, exitOf, spawnGuarded } from "../child-process.ts";
import { groupBytes } from "./memory.ts";

export type ContainerOptions = {
  project: string;
  entry: string;
  memoryMb: number;
  environment: Record<string, string>;
  log: (line: string) => void;
  /** How often its memory is looked at, in milliseconds. */
  watchMs: number;
};

export type ContainerEnd = { exitCode: number; reason?: string };

export type Container = {
  pid: number | undefined;
  ended: Promise<ContainerEnd>;
  /** SIGTERM, and SIGKILL after a grace in milliseconds. */
  stop(graceMs: number): void;
};

const OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage";
/** Room beside the heap, for buffers and for what the program starts. */
const HEAP_SHARE = 0.75;
/** Tasks are long and heavy; whoever clicks comes first. */
const NICENESS = 10;
const SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGKILL: 9, SIGTERM: 15, SIGABRT: 6, SIGSEGV: 11 };

export function startContainer(options: ContainerOptions): Container {
  const { project, entry, memoryMb, environment, log, watchMs } = options;
  const heap = `--max-old-space-size=${Math.floor(memoryMb * HEAP_SHARE)}`;
  const child = spawnGuarded(process.execPath, [heap, "--disable-warning=ExperimentalWarning", entry], {
    cwd: project,
    env: childEnvironment(environment),
  });
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

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, NICENESS);
  } catch (error) {
    // It may have ended already.
    if (!(error instanceof Error && "code" in error && error.code === "ERR_SYSTEM_ERROR")) throw error;
  }
}
