import { randomUUID } from "node:crypto";
import { unlinkSync } from "node:fs";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Locks } from "#lib/upload-engine/locks.ts";

/**
 * Locks between processes of one machine: a file for each transfer that is being sent, with its process's id. A lock
 * whose process has ended is taken over.
 */
export function fileLocks(folder: string): Locks {
  return {
    async claim(transferId) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, transferId);
      return (await acquire(path)) ? () => release(path) : undefined;
    },
    async claimed() {
      const names = await readdir(folder).catch(() => []);
      const owners = await Promise.all(names.map(async (name) => [name, await ownerOf(join(folder, name))] as const));
      return new Set(owners.flatMap(([name, owner]) => (!name.startsWith(".") && isAlive(owner) ? name : [])));
    },
  };
}

/**
 * Whether this process has the lock now. A lock whose process has ended is replaced under a lock of its own, the same name
 * with a dot before it: as nobody else removes or replaces it meanwhile, only one process takes it over.
 */
async function acquire(path: string): Promise<boolean> {
  const mine = join(dirname(path), `.${randomUUID()}`);
  await writeFile(mine, `${process.pid}`, { flag: "wx", mode: 0o600 });
  try {
    // A link is made whole or not at all, so that nobody reads a lock without an owner.
    if (await linked(mine, path)) return true;
    if (isAlive(await ownerOf(path))) return false;
    const takeover = join(dirname(path), `.${basename(path)}`);
    if (!(await acquire(takeover))) return false;
    try {
      for (;;) {
        // Released in between: whoever comes first has it.
        if (await linked(mine, path)) return true;
        const owner = await ownerOf(path);
        if (owner === "none") continue;
        if (isAlive(owner)) return false;
        await rename(mine, path);
        return true;
      }
    } finally {
      release(takeover);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** The process that has the lock; undefined if that can't be read, "none" if there is no lock. */
async function ownerOf(path: string): Promise<number | undefined | "none"> {
  try {
    const pid = Number(await readFile(path, "utf8"));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "none" : undefined;
  }
}

function isAlive(pid: number | undefined | "none"): boolean {
  if (pid === undefined || pid === "none") return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** At once, because the process may be about to end. */
function release(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
