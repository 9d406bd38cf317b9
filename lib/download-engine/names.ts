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
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .replace(/[. ]+$/, (end) => "_".repeat(end.length));
  if (RESERVED.test(safe)) safe = `_${safe}`;
  return shorten(safe === "" ? "_" : safe);
}

function shorten(name: string): string {
  if (encoder.encode(name).length <= MAX_NAME_BYTES) return name;
  const { stem, ending } = split(name);
  const letters = [...stem];
  while (letters.length > 1 && encoder.encode(letters.join("") + ending).length > MAX_NAME_BYTES) letters.pop();
  return letters.join("").trimEnd() + ending;
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
  const taken = new Set<string>();
  for (const names of safe) {
    for (let depth = 1; depth < names.length; depth++) taken.add(fold(names.slice(0, depth).join("/")));
  }
  const numbers = new Map<string, number>();
  return safe.map((names) => {
    const wanted = names.length > 0 ? names.join("/") : "_";
    const key = fold(wanted);
    let path = wanted;
    for (let number = numbers.get(key) ?? 2; taken.has(fold(path)); number++) {
      path = numbered(wanted, number);
      numbers.set(key, number + 1);
    }
    taken.add(fold(path));
    return path;
  });
}

/** `folder/name (2).ending` */
export function numbered(path: string, number: number): string {
  const slash = path.lastIndexOf("/") + 1;
  const { stem, ending } = split(path.slice(slash));
  return `${path.slice(0, slash)}${stem} (${number})${ending}`;
}
