import { InvalidInput } from "#lib/kernel/errors.ts";

/** Maximum characters of a path, including folders. */
const MAX_PATH = 4096;
/** Maximum characters of one name: more than any file system allows, so that a real name is never refused. */
const MAX_NAME = 1024;

/** A path for a sentence: its end, with control characters made visible. */
const shown = (path: string) => JSON.stringify(path.length > 60 ? `…${path.slice(-60)}` : path);

/**
 * Normalises a path for storage: relative, `/` between folders, in Unicode's NFC. Names are data: dots, control
 * characters and direction marks stay as they are. Throws InvalidInput for a path that can't be inside a folder.
 */
export function normalizePath(path: string): string {
  if (path.length > MAX_PATH) throw new InvalidInput(`The path ${shown(path)} is longer than ${MAX_PATH} characters.`);
  const names = path
    .toWellFormed()
    .normalize("NFC")
    .split("/")
    .filter((name) => name !== "" && name !== ".");
  if (names.length === 0) throw new InvalidInput("A file needs a name.");
  for (const name of names) {
    if (name === "..") throw new InvalidInput(`The path ${shown(path)} leads out of its folder.`);
    if (name.length > MAX_NAME)
      throw new InvalidInput(`The name ${shown(name)} is longer than ${MAX_NAME} characters.`);
  }
  return names.join("/");
}
