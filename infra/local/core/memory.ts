/** Memory of a task: its program and whatever that started, as the container's limit counts them. */
import { readdirSync, readFileSync } from "node:fs";
import { residentBytes } from "./child-process.ts";

/** Resident bytes of all processes of a group; 0 where the system does not tell. */
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

/** The fifth field of /proc/PID/stat; the second, a name in parentheses, may hold anything. */
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
