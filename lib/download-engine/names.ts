/** Bytes of a name in UTF-8 that every file system takes, with room for a number. */
const MAX_NAME_BYTES = 240;
/** Devices of Windows, whatever ending they have. */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])\s*(\.|$)/i;

const encoder = new TextEncoder();

/** A name of a file or folder that every system can make: what some can't have in it is `_`. */
export function safeName(name: string): string {
  let safe = name
    .toWellFormed()
    .normalize("NFC")
    // Controls, separators and what Windows refuses; then the marks that turn the direction of reading.
    .replace(/[\u0000-\u001f\u007f-\u009f\\/:*?"<>|]/g, "_")
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
  let end = safe.length;
  while (safe[end - 1] === "." || safe[end - 1] === " ") end--;
  safe = safe.slice(0, end) + "_".repeat(safe.length - end);
  if (RESERVED.test(safe)) safe = `_${safe}`;
  return shorten(safe === "" ? "_" : safe);
}

function shorten(name: string): string {
  if (encoder.encode(name).length <= MAX_NAME_BYTES) return name;
  const { stem, ending } = split(name);
  let bytes = encoder.encode(ending).length;
  let kept = "";
  for (const letter of stem) {
    bytes += encoder.encode(letter).length;
    if (kept !== "" && bytes > MAX_NAME_BYTES) break;
    kept += letter;
  }
  return kept.trimEnd() + ending;
}

/** An ending is what follows the last dot, when that is short. */
function split(name: string): { stem: string; ending: string } {
  const dot = name.lastIndexOf(".");
  return dot > 0 && name.length - dot <= 20
    ? { stem: name.slice(0, dot), ending: name.slice(dot) }
    : { stem: name, ending: "" };
}

/** What two names share on a system that does not tell capitals apart. */
const fold = (path: string): string => path.toUpperCase().toLowerCase();

/**
 * Paths for unpacking on any system, in the order of `paths`: relative, without `..`, safe name by name, and no two
 * alike, also where capitals don't count; a file never has the name of a folder.
 */
export function safePaths(paths: readonly string[]): string[] {
  const safe = paths.map((path) =>
    path
      .split("/")
      .filter((name) => name !== "" && name !== "." && name !== "..")
      .map(safeName),
  );
  const root: Folder = new Map();
  const folders = safe.map((names) => names.slice(0, -1).reduce((folder, name) => within(folder, fold(name)), root));
  return safe.map((names, index) => {
    const wanted = names.at(-1) ?? "_";
    const folder = folders[index] ?? root;
    let name = wanted;
    // Of a name that came before, the number that is next.
    let number = folder.get(fold(wanted))?.next ?? 2;
    while (folder.has(fold(name))) name = numbered(wanted, number++);
    const first = folder.get(fold(wanted));
    if (first) first.next = number;
    folder.set(fold(name), {});
    return [...names.slice(0, -1), name].join("/");
  });
}

/** What is in a folder, by folded names: a path of many folders is kept once for each, and not with all above it. */
type Folder = Map<string, { inside?: Folder; next?: number }>;

function within(folder: Folder, name: string): Folder {
  const entry = folder.get(name) ?? {};
  folder.set(name, entry);
  entry.inside ??= new Map();
  return entry.inside;
}

/** `folder/name (2).ending` */
export function numbered(path: string, number: number): string {
  const slash = path.lastIndexOf("/") + 1;
  const { stem, ending } = split(path.slice(slash));
  return `${path.slice(0, slash)}${stem} (${number})${ending}`;
}
