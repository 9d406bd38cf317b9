import { numbered, safeFileName } from "../kernel/file-name.ts";

/** A name normalised for systems that ignore case. */
const fold = (path: string): string => path.toUpperCase().toLowerCase();

/**
 * Paths for unpacking on any system, in the order of `paths`: relative, without `..`, with safe names, and all
 * different, also on systems that ignore case. A file never has the name of a folder.
 */
export function safePaths(paths: readonly string[]): string[] {
  const safe = paths.map((path) =>
    path
      .split("/")
      .filter((name) => name !== "" && name !== "." && name !== "..")
      .map(safeFileName),
  );
  const root: Folder = new Map();
  const folders = safe.map((names) => names.slice(0, -1).reduce((folder, name) => within(folder, fold(name)), root));
  return safe.map((names, index) => {
    const wanted = names.at(-1) ?? "_";
    const folder = folders[index] ?? root;
    let name = wanted;
    // For a name that came before, the next number.
    let number = folder.get(fold(wanted))?.next ?? 2;
    while (folder.has(fold(name))) name = numbered(wanted, number++);
    const first = folder.get(fold(wanted));
    if (first) first.next = number;
    folder.set(fold(name), {});
    return [...names.slice(0, -1), name].join("/");
  });
}

/**
 * The contents of a folder, by normalised names. Nested folders are stored as a tree, so that long paths are stored
 * once.
 */
type Folder = Map<string, { inside?: Folder; next?: number }>;

function within(folder: Folder, name: string): Folder {
  const entry = folder.get(name) ?? {};
  folder.set(name, entry);
  entry.inside ??= new Map();
  return entry.inside;
}
