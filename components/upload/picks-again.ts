import { formatCount } from "#lib/kernel/format.ts";
import { shorten, visibleName } from "#lib/kernel/safe-text.ts";
import { dateOf, type UploadSource } from "#lib/upload-engine/upload-source.ts";

/** What can become of files that are picked again. */
export type Again = "skip" | "replace" | "both";

/** Two ways of writing an accent are one name, as systems have it that write one of them. */
const nameOf = ({ path }: UploadSource): string => path.normalize("NFC");

const isSame = (one: UploadSource, other: UploadSource): boolean =>
  one.blob.size === other.blob.size && dateOf(one) === dateOf(other);

/**
 * Parts what is new from what has the name of a file that is there, or of another one that comes with it. What is pasted
 * has the same name each time (`image.png`): of that only the very same file counts.
 */
export function findAgain(
  there: readonly UploadSource[],
  picked: readonly UploadSource[],
  { pasted = false } = {},
): { fresh: UploadSource[]; again: UploadSource[] } {
  const known = new Map<string, UploadSource[]>();
  const know = (file: UploadSource) => known.set(nameOf(file), [...(known.get(nameOf(file)) ?? []), file]);
  for (const file of there) know(file);
  const fresh: UploadSource[] = [];
  const again: UploadSource[] = [];
  for (const file of picked) {
    const others = known.get(nameOf(file)) ?? [];
    const asked = pasted ? others.some((other) => isSame(file, other)) : others.length > 0;
    (asked ? again : fresh).push(file);
    know(file);
  }
  return { fresh, again };
}

/** The files to send after the answer; a file that replaces takes the place of the first one of its name. */
export function joinAgain(
  files: readonly UploadSource[],
  again: readonly UploadSource[],
  answer: Again,
): readonly UploadSource[] {
  if (answer === "skip") return files;
  if (answer === "both") return [...files, ...again];
  const replacing = new Map(again.map((file) => [nameOf(file), file]));
  const placed = new Set<string>();
  const kept: UploadSource[] = [];
  for (const file of files) {
    const name = nameOf(file);
    const other = replacing.get(name);
    if (!other) kept.push(file);
    else if (!placed.has(name)) kept.push(other);
    placed.add(name);
  }
  // The one that was there may have been removed while it was asked.
  return [...kept, ...[...replacing].filter(([name]) => !placed.has(name)).map(([, file]) => file)];
}

/** Asks in a sentence, and tells whether it is the very same file or another one of that name. */
export function questionOf(files: readonly UploadSource[], again: readonly UploadSource[]): string {
  const [first] = again;
  if (!first) return "";
  const there = new Map([...files].reverse().map((file) => [nameOf(file), file]));
  const same = again.filter((file) => isSame(file, there.get(nameOf(file)) ?? file)).length;
  const name = `“${shorten(visibleName(first.path))}”`;
  if (again.length === 1)
    return same === 1 ? `${name} is in the list already.` : `Another file named ${name} is in the list already.`;
  if (same === again.length)
    return `${name} and ${formatCount(again.length - 1, "other file")} are in the list already.`;
  return `${formatCount(again.length, "file")} have names that are in the list already, the first: ${name}.`;
}
