import { type FileRow, findFileRows } from "#lib/files/file.store.ts";
import { ordinalsIn } from "#lib/kernel/ordinals.ts";
import type { RunRow } from "./run.store.ts";

/** Rows read at a time: what one call of DynamoDB answers. */
const PAGE = 100;

const read = ({ workspaceId, transferId }: RunRow, ordinals: number[]): Promise<FileRow[]> =>
  findFileRows({ workspaceId, id: transferId }, ordinals);

/** The files that a run covers, in order; those whose rows are gone are left out. */
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
