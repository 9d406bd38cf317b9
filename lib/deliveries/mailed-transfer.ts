import { allFileRows } from "#lib/files/file.store.ts";
import { countFile, noFiles, pending, withheld } from "#lib/kernel/file-numbers.ts";
import { transferName } from "#lib/kernel/transfer-name.ts";
import { type MailedTransfer, NAMED_FILES } from "#lib/mail/mails.ts";
import type { TransferRow } from "#lib/transfers/transfer.store.ts";
import { filesSummaryOf } from "#lib/transfers/transfer.view.ts";

export type TransferForMail = {
  /** What recipients can have, as mails speak of it. */
  about: MailedTransfer;
  /** Files that have not arrived, or are not checked yet. */
  pending: number;
};

/** Looks at every file of a transfer: what there is to collect, and whether anything is still on its way. */
export async function readTransferForMail(row: TransferRow): Promise<TransferForMail> {
  const numbers = noFiles();
  const named: { path: string; size: number }[] = [];
  for await (const file of allFileRows(row)) {
    countFile(numbers, file);
    if (file.state === "ready" && named.length < NAMED_FILES) named.push({ path: file.path, size: file.size });
  }
  const about = { ...toMailedTransfer(row, { numbers, firstPath: named[0]?.path }), files: named };
  return { about, pending: pending(numbers).files };
}

/** The same from the header alone, for mails that name no file. */
export function toMailedTransfer(row: TransferRow, { numbers, firstPath } = filesSummaryOf(row)): MailedTransfer {
  const { files: fileCount, bytes } = numbers.ready;
  return {
    name: transferName({ title: row.title, firstPath, files: fileCount }),
    message: row.message,
    senderName: row.senderName,
    workspaceName: row.workspaceName,
    expiresAt: row.expiresAt,
    fileCount,
    bytes,
    withheld: withheld(numbers).files,
    files: [],
  };
}

/** Where the sender sees the transfer. */
export const pageOf = (row: TransferRow, origin: string): string => `${origin}/transfers/${row.id}`;
