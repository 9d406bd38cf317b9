import type { Page } from "#lib/files/file.schema.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import { numbersIn } from "./file-numbers.ts";
import { tally } from "./recount-files.ts";
import type { TransferRow } from "./transfer.store.ts";
import { type FilesSeen, seenIn } from "./transfer.view.ts";

/** What a page says of all files: counted anew where it has them all, so that it agrees with its list; else the header's. */
export async function seenOf(row: TransferRow, cursor: string | undefined, page: Page<FileRow>): Promise<FilesSeen> {
  const isWhole = cursor === undefined && page.cursor === undefined && !row.purgedAt;
  if (!isWhole) return seenIn(row);
  const { counted, firstPath, picture } = await tally(page.items);
  // What has been reserved and has no row yet is still to come.
  return { numbers: numbersIn({ ...row, counted }), firstPath: firstPath ?? row.firstPath, picture };
}
