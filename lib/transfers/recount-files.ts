import { allFileRows, type FileRow } from "#lib/files/file.store.ts";
import { pauseAfterConflict } from "#lib/kernel/concurrency.ts";
import { countFile, type FileNumbers, noFiles } from "#lib/kernel/file-numbers.ts";
import { isObtainable, isWithheld } from "#lib/kernel/file-states.ts";
import { rangesOf } from "#lib/kernel/ordinals.ts";
import { smallestPicture } from "#lib/kernel/smallest-picture.ts";
import { findTransferRow, type TransferRow, writeCount } from "./transfer.store.ts";

/** Attempts when other callers count at the same time. */
const TRIES = 20;

/** The numbers of files in a transfer's header. */
export type Tally = { counted: FileNumbers; firstPath?: string; takenBack: string; picture: string };

/** Counts rows of files, which must be in the order of their ordinals. */
export async function tally(files: AsyncIterable<FileRow> | Iterable<FileRow>): Promise<Tally> {
  const counted = noFiles();
  const takenBack: number[] = [];
  let firstPath: string | undefined;
  let withheldPath: string | undefined;
  let picture = "";
  for await (const file of files) {
    countFile(counted, file);
    const { state } = file;
    if (isObtainable(state)) firstPath ??= file.path;
    else if (isWithheld(state)) withheldPath ??= file.path;
    if (state === "ready") picture ||= pictureOf(file);
    if (state !== "ready" && file.downloads) takenBack.push(file.ordinal);
  }
  const path = firstPath ?? withheldPath;
  return { counted, picture, takenBack: rangesOf(takenBack), ...(path ? { firstPath: path } : {}) };
}

/** `<ordinal>/<rendition>` of a file's smallest picture. An infected file is not used as a transfer's picture. */
function pictureOf({ ordinal, renditions, scan }: FileRow): string {
  const thumbnail = scan === "infected" ? undefined : smallestPicture(renditions);
  return thumbnail ? `${ordinal}/${thumbnail.name}` : "";
}

/**
 * Counts the files of a transfer and writes the numbers to its header, after any change of a file. The numbers are
 * always counted and never added up, so lost or repeated calls do no harm. If two callers count at the same time, the
 * later one counts what both have changed. Returns the header after that; undefined when the transfer is gone.
 */
export async function recountFiles(of: { workspaceId: string; id: string }): Promise<TransferRow | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await findTransferRow(of.workspaceId, of.id, { consistent: true });
    // A transfer that is being purged keeps its last numbers.
    if (!row || row.purgedAt) return row;
    const written = await writeCount(row, await tally(allFileRows(row, { consistent: true })));
    if (written) return written;
    await pauseAfterConflict(tries);
  }
  throw new Error(`Others counted the files of the transfer ${of.id} first, ${TRIES} times.`);
}
