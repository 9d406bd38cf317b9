import { readdirSync, readFileSync } from "node:fs";

/** Process ids of programs with that name that this process, or another, has started, directly or not. */
export function childrenNamed(name: string, parent = process.pid): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc").filter((one) => /^\d+$/.test(one))) {
    parents.set(Number(entry), Number(statOf(Number(entry)).split(") ")[1]?.split(" ")[1] ?? 0));
  }
  const isBelow = (pid: number): boolean => {
    const above = parents.get(pid);
    return above !== undefined && above > 0 && (above === parent || isBelow(above));
  };
  return [...parents.keys()].filter((pid) => statOf(pid).includes(`(${name})`) && isBelow(pid));
}

const statOf = (pid: number): string => proc(`${pid}/stat`);

function proc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, "utf8");
  } catch (error) {
    // It ended while the list was read.
    if (isGone(error)) return "";
    throw error;
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH");

/** As the kernel lists them, which is fast; it may leave one out while another ends. */
function childrenNow(name: string, parent: number | "self" = "self"): number[] {
  return readTasks(parent)
    .flatMap((thread) => proc(`${parent}/task/${thread}/children`).split(" "))
    .filter((pid) => pid !== "")
    .map(Number)
    .flatMap((pid) => [...(statOf(pid).includes(`(${name})`) ? [pid] : []), ...childrenNow(name, pid)]);
}

function readTasks(parent: number | "self"): string[] {
  try {
    return readdirSync(`/proc/${parent}/task`);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/**
 * Kills children of that name as they appear, at most `most` of them. Returns a function that stops this and returns
 * the killed ids.
 */
export function killNamed(name: string, most: number, everyMs = 100): { killed: Set<number>; stop: () => void } {
  const killed = new Set<number>();
  const timer = setInterval(() => {
    for (const pid of childrenNow(name)) {
      if (killed.has(pid) || killed.size >= most) continue;
      killed.add(pid);
      process.kill(pid, "SIGKILL");
    }
  }, everyMs);
  return { killed, stop: () => clearInterval(timer) };
}
