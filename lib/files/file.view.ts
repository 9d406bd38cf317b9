import { isSeenByGuests, isSeenByMembers } from "#lib/kernel/file-states.ts";
import { stateInWords } from "#lib/kernel/file-words.ts";
import type { FileView } from "./file.schema.ts";
import type { FileRow, SlimRow } from "./file.store.ts";

/** The notice of a blocked file without a notice of its own. */
const WITHHELD: Partial<Record<FileRow["state"], string>> = {
  infected: "A virus was found in this file; it can't be downloaded.",
  unscannable: "This file could not be checked for viruses; it can't be downloaded.",
};

/** A file for the workspace's members. */
export function viewFile(row: FileRow): FileView {
  const { ordinal, path, size, type, state, lastModified, kind, detectedType, renditions, facts } = row;
  const notice = row.notice ?? WITHHELD[state];
  return {
    ordinal,
    path,
    size,
    type,
    state,
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(kind ? { kind } : {}),
    ...(detectedType ? { detectedType } : {}),
    ...(notice ? { notice } : {}),
    ...(renditions?.length && isSeenByMembers(state) ? { renditions } : {}),
    ...(facts ? { facts } : {}),
    ...(row.purgeAt && !row.purgedAt ? { restorableUntil: row.purgeAt } : {}),
    ...markOf(row),
  };
}

/** A sentence why a file is not in a download of all files; undefined when it is. */
export function exclusionReason(row: SlimRow, downloadLimit: number | undefined): string | undefined {
  switch (row.state) {
    case "ready":
      return isSpent(row, downloadLimit) ? "It has been downloaded as often as its sender allows." : undefined;
    case "infected":
    case "unscannable":
      return (row.state === "infected" ? undefined : row.notice) ?? WITHHELD[row.state];
    case "stored":
      return `It is ${stateInWords(row.state)}.`;
    default:
      return "It has not arrived yet.";
  }
}

/** What everyone with access to a file learns about its scan; nothing for a file that was scanned as a whole. */
function markOf({ state, scan, scanInParts, scanProblem }: FileRow): Pick<FileView, "scanMark"> {
  if (state !== "ready") return {};
  if (scan === "infected") return { scanMark: "a virus was found in it" };
  if (scan === "unscannable")
    return { scanMark: `not scanned: ${scanProblem ?? "the virus scanner could not read it"}` };
  return scanInParts ? { scanMark: "scanned in parts" } : {};
}

/** A file for guests: of a file that is not open they see neither previews nor a virus's name. */
export function viewGuestFile(row: FileRow, downloadLimit: number | undefined, taken?: string): FileView {
  const view = viewFile(row);
  if (!isSeenByGuests(row.state)) {
    const { renditions: _renditions, facts: _facts, detectedType: _type, notice, ...rest } = view;
    const said = row.state === "infected" ? WITHHELD.infected : notice;
    return { ...rest, ...(said ? { notice: said } : {}) };
  }
  const spent = isSpent(row, downloadLimit);
  const { renditions: _previews, ...withoutPreviews } = view;
  return {
    ...(spent && taken === undefined ? withoutPreviews : view),
    ...(spent ? { spent: true as const } : {}),
    ...(taken === undefined ? {} : { taken }),
  };
}

/** Whether a file has been downloaded as often as its transfer's limit allows. */
export const isSpent = ({ downloads = 0 }: Pick<FileRow, "downloads">, downloadLimit: number | undefined): boolean =>
  !!downloadLimit && downloads >= downloadLimit;
