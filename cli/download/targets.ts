import { join } from "node:path";
import { safePaths } from "#lib/download-engine/names.ts";
import { PARTIAL } from "./written-file.ts";

/** `from`: as the sender named it; `to`: its path in the folder, with `/`. */
export type Renamed = { from: string; to: string };

/**
 * Where each file goes inside `into`: never outside of it, with names that every system can have, and all different, also
 * where capitals don't count. Names of unfinished downloads are not taken.
 */
export function targetsOf<T extends { path: string }>(
  files: readonly T[],
  into: string,
): { targets: { file: T; disk: string }[]; renamed: Renamed[] } {
  const paths = safePaths(files.map(({ path }) => (PARTIAL.test(path) ? `${path}_` : path)));
  const renamed: Renamed[] = [];
  const targets = files.map((file, index) => {
    const to = paths[index] ?? `${index}`;
    if (to !== file.path) renamed.push({ from: file.path, to });
    return { file, disk: join(into, ...to.split("/")) };
  });
  return { targets, renamed };
}
