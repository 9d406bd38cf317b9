import { readFileSync } from "node:fs";

/** Ticks of processor time that a process and its threads have used; undefined if the system does not tell. */
export function processorTicks(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    // ESRCH when it ends between opening and reading; ENOENT also on systems without /proc.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) {
      return undefined;
    }
    throw error;
  }
  // The name in the second field may contain blanks and parentheses; the fields after its last parenthesis are plain.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
