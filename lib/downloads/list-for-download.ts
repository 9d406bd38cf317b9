import { type FilesOf, listSlimRows } from "#lib/files/file.store.ts";
import { exclusionReason } from "#lib/files/file.view.ts";
import { isGone } from "#lib/kernel/file-states.ts";
import type { DownloadItem, DownloadList } from "./download.schema.ts";

/** Files in one answer: a fifth of a second's work, 200 KB. The others are requested in parallel. */
const MAX_FILES_OF_AN_ANSWER = 2500;

type Limits = {
  downloadLimit?: number | undefined;
  /** Files that the visitor may download again although the limit is reached. */
  takenIn?: (range: { from: number; to: number }) => Promise<ReadonlyMap<number, string>>;
};

/** The part of the list that begins with ordinal `from`: the files that can be downloaded, and why the others can't. */
export async function listForDownload(of: FilesOf, from: number, limits: Limits = {}): Promise<DownloadList> {
  const to = Math.min(from + MAX_FILES_OF_AN_ANSWER, of.nextOrdinal);
  const [rows, taken] = await Promise.all([
    listSlimRows(of, from, to),
    limits.takenIn?.({ from, to: to - 1 }) ?? new Map<number, string>(),
  ]);
  const items = rows
    .filter(({ state }) => !isGone(state))
    .map((row): DownloadItem => {
      const { ordinal, path, size, lastModified } = row;
      const why = taken.has(ordinal) && row.state === "ready" ? undefined : exclusionReason(row, limits.downloadLimit);
      return { ordinal, path, size, ...(lastModified === undefined ? {} : { lastModified }), ...(why ? { why } : {}) };
    });
  return { items, ...(to < of.nextOrdinal ? { next: to } : {}), end: of.nextOrdinal };
}
