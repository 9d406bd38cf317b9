import { allFileRows, type FileRow } from "#lib/files/file.store.ts";
import { pauseAfterConflict } from "#lib/kernel/concurrency.ts";
import { countFile, type FileNumbers, noFiles } from "#lib/kernel/file-numbers.ts";
import { isObtainable, isWithheld } from "#lib/kernel/file-states.ts";
import { rangesOf } from "#lib/kernel/ordinals.ts";
import { smallestPicture } from "#lib/kernel/smallest-picture.ts";
import { findTransferRow, type TransferRow, writeCount } from "./transfer.store.ts";

/** Tries when others have counted first. */
const TRIES = 20;

/** What a transfer's header says of its files. */
export type Tally = { counted: FileNumbers; firstPath?: string; takenBack: string; picture: string };

/** Counts rows of files, which come in their order. */
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

/** `<ordinal>/<rendition>` of a file's smallest picture; a file in which a virus was found stands for no transfer. */
function pictureOf({ ordinal, renditions, scan }: FileRow): string {
  const thumbnail = scan === "infected" ? undefined : smallestPicture(renditions);
  return thumbnail ? `${ordinal}/${thumbnail.name}` : "";
}

/**
 * Counts the files of a transfer and writes the numbers to its header, after whatever changed a file: they are set by
 * counting, never added up, so that what is lost or repeated does no harm. Of two who count at the same time the later
 * counts what both have done. Answers the header as it then is; undefined when the transfer is gone.
 */
export async function recountFiles(of: { workspaceId: string; id: string }): Promise<TransferRow | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await findTransferRow(of.workspaceId, of.id, { consistent: true });
    // What is being forgotten keeps the numbers that it had.
    if (!row || row.purgedAt) return row;
    const written = await writeCount(row, await tally(allFileRows(row, { consistent: true })));
    if (written) return written;
    await pauseAfterConflict(tries);
  }
  throw new Error(`Others counted the files of the transfer ${of.id} first, ${TRIES} times.`);
}
