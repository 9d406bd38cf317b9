import type { Page } from "#lib/files/file.schema.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import { numbersIn } from "./file-numbers.ts";
import { tally } from "./recount-files.ts";
import type { TransferRow } from "./transfer.store.ts";
import { type FilesSummary, filesSummaryOf } from "./transfer.view.ts";

/**
 * A transfer's numbers for a page: counted from the files if the page has all of them, so that they match its list;
 * otherwise from the header.
 */
export async function summariseFiles(
  row: TransferRow,
  cursor: string | undefined,
  page: Page<FileRow>,
): Promise<FilesSummary> {
  const isWhole = cursor === undefined && page.cursor === undefined && !row.purgedAt;
  if (!isWhole) return filesSummaryOf(row);
  const { counted, firstPath, picture } = await tally(page.items);
  // Reserved files without a row are still to come.
  return { numbers: numbersIn({ ...row, counted }), firstPath: firstPath ?? row.firstPath, picture };
}
