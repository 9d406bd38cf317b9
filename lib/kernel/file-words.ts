import type { FileNumbers } from "./file-numbers.ts";
import { type FileStatus, fileStatusOf } from "./file-states.ts";
import { formatCount } from "./format.ts";

/** The words for a file's state, used everywhere: list, page, run, guest page, mail. `one` is for one file, `more` for several. */
const WORDS: Record<FileStatus, { one: string; more: string }> = {
  coming: { one: "on its way", more: "on their way" },
  checking: { one: "being checked", more: "being checked" },
  ready: { one: "ready", more: "ready" },
  blocked: { one: "blocked", more: "blocked" },
  failed: { one: "failed", more: "failed" },
  cancelled: { one: "cancelled", more: "cancelled" },
  removed: { one: "taken out", more: "taken out" },
};

export const standInWords = (stand: FileStatus, files = 1): string => WORDS[stand][files === 1 ? "one" : "more"];

/** Of a file by its state. */
export const stateInWords = (state: string): string => standInWords(fileStatusOf(state));

/** "2 blocked": a part of the files. */
export const partInWords = (stand: FileStatus, files: number): string =>
  `${files.toLocaleString("en-US")} ${standInWords(stand, files)}`;

/** "3 files can't be had: 2 blocked, 1 failed." with why; nothing where all can be had, or will be. */
export function cannotBeHad({ blocked, failed }: FileNumbers): string | undefined {
  const files = blocked.files + failed.files;
  if (files === 0) return undefined;
  const count = formatCount(files, "file");
  if (failed.files === 0)
    return `${count} can't be had: blocked after the check for viruses, or by the sender's workspace.`;
  if (blocked.files === 0) return `${count} can't be had: failed, as what arrived is not what was sent.`;
  return `${count} can't be had: ${partInWords("blocked", blocked.files)} after the check for viruses or by the sender's workspace, ${partInWords("failed", failed.files)}.`;
}
