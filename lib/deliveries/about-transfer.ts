import { allFileRows } from "#lib/files/file.store.ts";
import { type MailedTransfer, NAMED_FILES } from "#lib/mail/mails.ts";
import type { TransferRow } from "#lib/transfers/transfer.store.ts";

export type Survey = {
  /** What recipients can have, as mails speak of it. */
  about: MailedTransfer;
  /** Files that have not arrived, or are not checked yet. */
  pending: number;
};

/** Looks at every file of a transfer: what there is to collect, and whether anything is still on its way. */
export async function surveyTransfer(row: TransferRow): Promise<Survey> {
  const about = aboutTransfer(row, { fileCount: 0, bytes: 0 });
  let pending = 0;
  for await (const { state, path, size } of allFileRows(row)) {
    if (state === "reserved" || state === "uploading" || state === "stored") pending += 1;
    if (state !== "ready") continue;
    about.fileCount += 1;
    about.bytes += size;
    if (about.files.length < NAMED_FILES) about.files.push({ path, size });
  }
  return { about, pending };
}

/** The same from the header alone, for mails that name no file. */
export const aboutTransfer = (
  row: TransferRow,
  { fileCount, bytes }: { fileCount: number; bytes: number } = row,
): MailedTransfer => ({
  title: row.title,
  message: row.message,
  senderName: row.senderName,
  workspaceName: row.workspaceName,
  expiresAt: row.expiresAt,
  fileCount,
  bytes,
  files: [],
});

/** Where the sender sees the transfer. */
export const pageOf = (row: TransferRow, origin: string): string => `${origin}/transfers/${row.id}`;
