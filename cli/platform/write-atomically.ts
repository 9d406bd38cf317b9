import { rename, rm, writeFile } from "node:fs/promises";

let last = 0;

/**
 * Writes a file that only its owner can read. Another program, or this one after it was killed, finds the old content or
 * the new one, and never a part of it. It does not wait for the disk: after a crash of the system the file may be empty.
 */
export async function writeAtomically(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}.${++last}.tmp`;
  try {
    await writeFile(temporary, content, { flag: "wx", mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
