import { type FileRow, findFileRows } from "#lib/files/file.store.ts";
import { ordinalsIn } from "#lib/kernel/ordinals.ts";
import type { RunRow } from "./run.store.ts";

/** Rows per query: as many as one answer of DynamoDB contains. */
const PAGE = 100;

const read = ({ workspaceId, transferId }: RunRow, ordinals: number[]): Promise<FileRow[]> =>
  findFileRows({ workspaceId, id: transferId }, ordinals);

/** The files of a run, in order, without those whose rows are gone. */
export async function* filesOfRun(run: RunRow): AsyncGenerator<FileRow> {
  let page: number[] = [];
  for (const ordinal of ordinalsIn(run.ordinals)) {
    if (page.push(ordinal) < PAGE) continue;
    yield* await read(run, page);
    page = [];
  }
  if (page.length > 0) yield* await read(run, page);
}

export const filesOfBatch = (run: RunRow, batch: number): Promise<FileRow[]> =>
  read(run, [...ordinalsIn(run.batches?.[batch]?.ordinals ?? "")]);
