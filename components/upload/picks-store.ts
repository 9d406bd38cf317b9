import type { Picked } from "#lib/upload-engine/drop.ts";
import type { UploadSource } from "#lib/upload-engine/upload-source.ts";
import { type Again, findAgain, joinAgain } from "./picks-again.ts";

/** Files that were dropped, pasted or chosen and are not yet on their way; kept while the pages change. */
export type Picks = {
  readonly files: readonly UploadSource[];
  readonly unreadable: Picked["unreadable"];
  /** Folders in which there is nothing: a transfer holds files alone. */
  readonly emptyFolders: readonly string[];
  /** Files of a name that is there already: a person says what becomes of them. */
  readonly again: readonly UploadSource[];
  /** A folder of many files takes a moment to be read. */
  readonly reading: boolean;
  /** What was given last held no file. */
  readonly nothing: boolean;
};

const NONE: Picks = { files: [], unreadable: [], emptyFolders: [], again: [], reading: false, nothing: false };

let picks = NONE;
let readings = 0;
const listeners = new Set<() => void>();

function set(changes: Partial<Picks>): void {
  picks = { ...picks, ...changes };
  for (const listener of [...listeners]) listener();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const getPicks = (): Picks => picks;
export const noPicks = (): Picks => NONE;

/** Adds what is being read. `quiet`: finding no file in it is nothing to speak of. */
export async function addPicked(reading: Promise<Picked>, { quiet = false } = {}): Promise<void> {
  readings++;
  set({ reading: true, nothing: false });
  try {
    const { files, unreadable, emptyFolders } = await reading;
    const { fresh, again } = findAgain([...picks.files, ...picks.again], files, { pasted: quiet });
    set({
      files: fresh.length > 0 ? [...picks.files, ...fresh] : picks.files,
      again: again.length > 0 ? [...picks.again, ...again] : picks.again,
      unreadable: [...picks.unreadable, ...unreadable],
      emptyFolders: [...picks.emptyFolders, ...emptyFolders],
      nothing: !quiet && files.length + unreadable.length === 0,
    });
  } finally {
    readings--;
    set({ reading: readings > 0 });
  }
}

/** What was said about the files that are there already. */
export function answerAgain(answer: Again): void {
  set({ files: joinAgain(picks.files, picks.again, answer), again: [] });
}

export function removePick(index: number): void {
  set({ files: picks.files.filter((_, at) => at !== index) });
}

export function clearPicks(): void {
  set({ files: [], unreadable: [], emptyFolders: [], again: [], nothing: false });
}
