/** A folder of ours that a program of another user works in. */
import { chmodSync, chownSync, lchownSync, lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Gives a folder and all in it to a user; this process's group may still enter it. */
export function giveFolder(folder: string, uid: number): void {
  const gid = process.getgid?.() ?? 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) giveFolder(path, uid);
    else lchownSync(path, uid, gid);
  }
  // What is made in there belongs to this process's group as well: first the rights, while the folder is ours.
  chmodSync(folder, 0o2770);
  chownSync(folder, uid, gid);
}

/**
 * Makes a folder ours again after the program has ended. Only files and folders stay: through a link that it has put in
 * the place of a rendition, this process would read what the program could not, and at a pipe it would wait for ever.
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

/** Ids of the processes of a user; those that have ended and wait to be noticed are none. */
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
