/** Memory of a task: of its program and of everything that the program started, as a container's limit counts it. */
import { readdirSync, readFileSync } from "node:fs";
import { residentBytes } from "./child-process.ts";

/** Resident bytes of all processes of a group; 0 if the system does not tell. */
export function groupBytes(group: number): number {
  return processIds()
    .filter((pid) => groupOf(pid) === group)
    .reduce((sum, pid) => sum + (residentBytes(pid) ?? 0), 0);
}

function processIds(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/**
 * The process group is the fifth field of /proc/PID/stat. The second field, a name in parentheses, may contain
 * anything.
 */
function groupOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH"))
      return undefined;
    throw error;
  }
}
