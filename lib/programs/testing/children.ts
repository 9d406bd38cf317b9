import { readdirSync, readFileSync } from "node:fs";

/** Process ids of this process's own children with that name. */
export function childrenNamed(name: string, parent = process.pid): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      const stat = statOf(pid);
      return stat.includes(`(${name})`) && Number(stat.split(") ")[1]?.split(" ")[1]) === parent;
    });
}

function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    // It ended while the list was read.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return "";
    throw error;
  }
}

/** Kills children of that name as they appear, `most` of them; answers how to stop, and tells whom it has killed. */
export function killNamed(name: string, most: number, everyMs = 100): { killed: Set<number>; stop: () => void } {
  const killed = new Set<number>();
  const timer = setInterval(() => {
    for (const pid of childrenNamed(name)) {
      if (killed.has(pid) || killed.size >= most) continue;
      killed.add(pid);
      process.kill(pid, "SIGKILL");
    }
  }, everyMs);
  return { killed, stop: () => clearInterval(timer) };
}
