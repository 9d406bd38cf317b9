import { randomUUID } from "node:crypto";
import { unlinkSync } from "node:fs";
import { link, mkdir, readdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
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
      const mine = join(folder, `.${randomUUID()}`);
      await writeFile(mine, `${process.pid}`, { flag: "wx", mode: 0o600 });
      try {
        // A link is made whole or not at all, so that nobody reads a lock without an owner.
        if (!(await linked(mine, path)) && !((await removeStale(path, folder)) && (await linked(mine, path))))
          return undefined;
      } finally {
        await unlink(mine);
      }
      return () => release(path);
    },
    async claimed() {
      const names = await readdir(folder).catch(() => []);
      const owners = await Promise.all(names.map(async (name) => [name, await ownerOf(join(folder, name))] as const));
      return new Set(owners.flatMap(([name, owner]) => (!name.startsWith(".") && isAlive(owner) ? name : [])));
    },
  };
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

/** The process that has the lock; undefined if there is none, or it can't be read. */
async function ownerOf(path: string): Promise<number | undefined> {
  const pid = Number(await readFile(path, "utf8").catch(() => ""));
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Removes the lock if its process has ended. It is first renamed: of several processes that find it only one gets it, and
 * one that meanwhile got a new lock in its place is noticed and put back.
 */
async function removeStale(path: string, folder: string): Promise<boolean> {
  if (isAlive(await ownerOf(path))) return false;
  const aside = join(folder, `.${randomUUID()}`);
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
  const isStale = !isAlive(await ownerOf(aside));
  if (!isStale) await linked(aside, path);
  await rm(aside, { force: true });
  return isStale;
}

/** At once, because the process may be about to end. */
function release(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
