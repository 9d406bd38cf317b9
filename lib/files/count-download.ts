import { DownloadLimitReached } from "./download.errors.ts";
import { countDownloadOf, type FileRow, type FilesOf, getFileRow } from "./file.store.ts";
import { requireReady } from "./require-ready.ts";

type LimitedTransfer = FilesOf & { downloadLimit?: number | undefined };

/** Counts a download of a file that may be handed out. Who asks has been looked at before. */
export const countDownload = async (transfer: LimitedTransfer, ordinal: number): Promise<FileRow> => {
  const file = await countDownloadOf(transfer, ordinal, transfer.downloadLimit ?? 0);
  if (!file) {
    requireReady(await getFileRow(transfer, ordinal));
    throw new DownloadLimitReached();
  }
  return file;
};
