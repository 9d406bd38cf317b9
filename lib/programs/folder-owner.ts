/** Changes the owner of a folder in which a program of another user works. */
import { chmodSync, chownSync, lchownSync, lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Gives a folder and everything in it to a user; this process's group may still enter it. */
export function giveFolder(folder: string, uid: number): void {
  const gid = process.getgid?.() ?? 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) giveFolder(path, uid);
    else lchownSync(path, uid, gid);
  }
  // New files in it belong to this process's group as well. The mode is set first, while the folder is still ours.
  chmodSync(folder, 0o2770);
  chownSync(folder, uid, gid);
}

/**
 * Makes a folder ours again after the program has ended. Only files and folders are kept. If the program has replaced a
 * rendition by a link, this process would read what the program could not; a pipe would block it.
 */
export function reclaimFolder(folder: string): void {
  own(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) reclaimFolder(path);
    else if (entry.isFile() && lstatSync(path).nlink === 1) own(path, 0o600);
    else rmSync(path);
  }
}

function own(path: string, mode: number): void {
  const [uid, gid] = [process.geteuid?.(), process.getegid?.()];
  if (uid !== undefined && gid !== undefined && lstatSync(path).uid !== uid) lchownSync(path, uid, gid);
  chmodSync(path, mode);
}

/** Ids of a user's processes, without those that have ended and are not reaped yet. */
export function processesOf(uid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const status = statusOf(pid);
      return new RegExp(`^Uid:\\s+${uid}\\s`, "m").test(status) && !/^State:\s+[ZX]/m.test(status);
    });
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return "";
    throw error;
  }
}
