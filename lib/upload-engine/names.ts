/** Splits the last segment before its extension; `.tar.gz` and its like stay together, a leading dot is no extension. */
function splitExtension(path: string): [stem: string, extension: string] {
  const start = path.lastIndexOf("/") + 1;
  const match = /^(.+?)((?:\.tar)?\.[^.\s]{1,16})$/.exec(path.slice(start));
  return match?.[1] === undefined ? [path, ""] : [path.slice(0, start) + match[1], match[2] ?? ""];
}

/** The paths of a transfer, as compared, each with the number to try next when it comes again. */
export type TakenPaths = Map<string, number>;

/**
 * A path that is not in `taken`, and adds it there: a later file of the same path becomes `name (2).ext`, then `(3)`.
 * Two spellings of the same Unicode text count as the same.
 */
export function uniquePath(path: string, taken: TakenPaths): string {
  const key = path.normalize("NFC");
  const [stem, extension] = splitExtension(path);
  let number = taken.get(key) ?? 1;
  let candidate = path;
  for (; taken.has(candidate.normalize("NFC")); number++) candidate = `${stem} (${number + 1})${extension}`;
  taken.set(candidate.normalize("NFC"), 1);
  taken.set(key, number);
  return candidate;
}

/** The path as it is sent: relative, `/` between folders, and as the server will compare it. */
export function relativePath(path: string): string {
  return path
    .toWellFormed()
    .split("/")
    .filter((segment) => segment !== "" && segment !== ".")
    .join("/");
}
