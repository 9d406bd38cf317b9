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

const statOf = (pid: number): string => proc(`${pid}/stat`);

function proc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, "utf8");
  } catch (error) {
    // It ended while the list was read.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return "";
    throw error;
  }
}

/** As the kernel lists them, which costs little; it may leave one out while another ends. */
function childrenNow(name: string): number[] {
  return readdirSync("/proc/self/task")
    .flatMap((thread) => proc(`self/task/${thread}/children`).split(" "))
    .filter((pid) => pid !== "")
    .map(Number)
    .filter((pid) => statOf(pid).includes(`(${name})`));
}

/** Kills children of that name as they appear, `most` of them; answers how to stop, and tells whom it has killed. */
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
