import { chmodSync, linkSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Makes databases visible in another folder, where a program of another user can read but not change them. Returns the
 * folders that contain them.
 */
export function showDatabases(from: string, to: string): string[] {
  mkdirSync(to);
  chmodSync(to, 0o755);
  const folders = new Set([to]);
  for (const name of readdirSync(from)) {
    const path = realpathSync(join(from, name));
    if (dirname(path) === realpathSync(from)) {
      chmodSync(path, 0o644);
      linkSync(path, join(to, name));
    } else {
      symlinkSync(path, join(to, name));
      folders.add(dirname(path));
    }
  }
  return [...folders];
}
