import { open, rename, rm } from "node:fs/promises";

let last = 0;

/**
 * Writes a file that only its owner can read. Another program, or this one after a crash, finds the old content or the
 * new one, and never a part of it.
 */
export async function writeAtomically(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}.${++last}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(content);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
