import { setTimeout as delay } from "node:timers/promises";

/** Enough for a machine that is several times slower; only a test that fails waits for so long. */
const CAP_MS = 60_000;

/** Polls a condition until it holds. After a minute it throws an error that names what was waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + CAP_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Not within ${CAP_MS / 1000} s: ${what}`);
    await delay(5);
  }
}

/** Whether a process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
