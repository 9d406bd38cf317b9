import { formatBytes } from "#lib/kernel/format.ts";
import { shorten, visibleName } from "#lib/kernel/safe-text.ts";
import { MAX_FILE_SIZE } from "#lib/upload-engine/plan.ts";

type Pick = { path: string; blob: { size: number } };

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

/** What is said of folders in which there is nothing, before the first one's name. */
export const sayLeftOut = (count: number): string =>
  count === 1
    ? "One empty folder is left out, since only files are sent:"
    : `${count.toLocaleString("en")} empty folders are left out, since only files are sent, the first:`;
