import { numbered } from "../kernel/file-name.ts";

/** The paths of a transfer, normalised for comparison, each with the number to try next. */
export type TakenPaths = Map<string, number>;

/**
 * A path that is not in `taken`, to which it is added: a later file with the same path becomes `name (2).ext`, then
 * `(3)`. Two spellings of the same Unicode text count as the same.
 */
export function uniquePath(path: string, taken: TakenPaths): string {
  const key = path.normalize("NFC");
  let number = taken.get(key) ?? 1;
  let candidate = path;
  for (; taken.has(candidate.normalize("NFC")); number++) candidate = numbered(path, number + 1);
  taken.set(candidate.normalize("NFC"), 1);
  taken.set(key, number);
  return candidate;
}

/** The path as it is sent: relative, `/` between folders, normalised as the server compares it. */
export function relativePath(path: string): string {
  return path
    .toWellFormed()
    .split("/")
    .filter((segment) => segment !== "" && segment !== ".")
    .join("/");
}
