import type { ArchiveEntry } from "./archive-listing.schema.ts";

/** Of a path in the list; what is longer is cut. */
const PATH_CHARACTERS = 1024;

/** As it is listed. */
export function shown(path: string, size: number | undefined, directory: boolean, encrypted: boolean): ArchiveEntry {
  return {
    path: path.slice(0, PATH_CHARACTERS),
    ...(size === undefined || directory ? {} : { size }),
    ...(directory ? { directory } : {}),
    ...(encrypted ? { encrypted } : {}),
    ...(isUnsafe(path) ? { unsafe: true } : {}),
  };
}

const isUnsafe = (path: string): boolean =>
  /^[/\\]|^[a-z]:|\0/i.test(path) || path.split(/[/\\]/).includes("..") || path.length > PATH_CHARACTERS;
