import { readFileSync } from "node:fs";
import { MIB } from "./statistics.ts";

/** What a process of Chromium holds, in MiB. */
export type Memory = {
  /** Its own, as Chromium's task manager says it: pages that no file stands behind, and what of them was swapped out. */
  footprintMiB: number;
  /** All that is resident, with Chromium's program, of which all tabs share one copy: about 90 MiB of an empty tab. */
  residentMiB: number;
};

/** "Memory footprint" is defined in Chromium's docs/memory/key_concepts.md; fields are from proc_pid_status(5). */
export function memoryOf(pid: number): Memory {
  const status = readStatus(pid);
  const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
  const sum = (...fields: string[]) => (fields.reduce((total, field) => total + kilobytes(field), 0) * 1024) / MIB;
  return { footprintMiB: sum("RssAnon", "RssShmem", "VmSwap"), residentMiB: sum("VmRSS") };
}

/** A process that has just ended holds nothing. */
function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

/** Of each figure the largest, which need not be of one process or moment. */
export const largest = (all: readonly Memory[]): Memory => ({
  footprintMiB: Math.max(0, ...all.map(({ footprintMiB }) => footprintMiB)),
  residentMiB: Math.max(0, ...all.map(({ residentMiB }) => residentMiB)),
});

export const describeMemory = ({ footprintMiB, residentMiB }: Memory): string =>
  `${footprintMiB.toFixed(0)} MiB, ${residentMiB.toFixed(0)} MiB with the program's shared pages`;
