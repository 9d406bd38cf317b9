import { formatBytes, formatCount } from "#components/ui/format-bytes.ts";
import { MAX_FILE_SIZE } from "#lib/upload-engine/plan.ts";
import { shorten, visibleName } from "../files/build-tree.ts";

type Pick = { path: string; blob: { size: number } };

/** That some of these files will stay closed, before a person has waited for them to be sent; undefined where none will. */
export function warnOfPicks(files: readonly Pick[], largestScanned: number | undefined): string | undefined {
  if (largestScanned === undefined) return undefined;
  const [first, ...others] = files.filter(({ blob }) => blob.size > largestScanned);
  if (!first) return undefined;
  const name = `“${shorten(visibleName(first.path))}”`;
  const who = others.length === 0 ? `${name} is` : `${name} and ${formatCount(others.length, "other file")} are`;
  return `${who} too large for the virus scan, which takes files below 2 GiB: nobody can download ${others.length === 0 ? "it" : "them"} as long as files are scanned.`;
}

/** Why these files can't be sent as they are, in a sentence; undefined when they can. Sizes in bytes. */
export function checkPicks(files: readonly Pick[], maxFiles: number): string | undefined {
  if (files.length === 0) return "Choose at least one file.";
  if (files.length > maxFiles) {
    const count = (value: number) => value.toLocaleString("en");
    return `A transfer holds at most ${count(maxFiles)} files; these are ${count(files.length)}. Send them in several, or as one archive.`;
  }
  const large = files.find(({ blob }) => blob.size > MAX_FILE_SIZE);
  if (large) {
    const name = shorten(visibleName(large.path));
    return `“${name}” has ${formatBytes(large.blob.size)}; a file can have at most ${formatBytes(MAX_FILE_SIZE)}. Remove it to send the rest.`;
  }
  return undefined;
}
