import { allFileRows } from "#lib/files/file.store.ts";
import { countFile, noFiles, pending, withheld } from "#lib/kernel/file-numbers.ts";
import { transferName } from "#lib/kernel/transfer-name.ts";
import { type MailedTransfer, NAMED_FILES } from "#lib/mail/mails.ts";
import type { TransferRow } from "#lib/transfers/transfer.store.ts";
import { filesSummaryOf } from "#lib/transfers/transfer.view.ts";

export type TransferForMail = {
  /** What a mail says about the transfer's files. */
  about: MailedTransfer;
  /** Files that have not arrived, or are not checked yet. */
  pending: number;
};

/** Reads every file of a transfer for a mail: its obtainable files, and whether any are still pending. */
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

/** The same from the header only, for mails that name no file. */
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

/** The transfer's page for its sender. */
export const pageOf = (row: TransferRow, origin: string): string => `${origin}/transfers/${row.id}`;
