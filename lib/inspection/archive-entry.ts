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

/** In decimal units, with three digits. */
export const describeBytes = (bytes: number): string => {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 6);
  return `${(bytes / 1000 ** power).toPrecision(3)} ${["bytes", "kB", "MB", "GB", "TB", "PB", "EB"][power]}`;
};
