import { expected, type FileNumbers } from "#lib/kernel/file-numbers.ts";
import { transferName } from "#lib/kernel/transfer-name.ts";
import { statusOf } from "#lib/kernel/transfer-status.ts";
import { linkPath } from "#lib/links/link.store.ts";
import { numbersIn } from "./file-numbers.ts";
import type { TransferState, TransferView } from "./transfer.schema.ts";
import type { TransferRow } from "./transfer.store.ts";
import { restorableUntil } from "./trash.ts";

/** A transfer's state at a given time: deletion takes precedence over expiry, and expiry over the stored state. */
export function stateAt(row: Pick<TransferRow, "state" | "expiresAt">, now: Date): TransferState {
  if (row.state === "deleted") return "deleted";
  return row.expiresAt <= now.toISOString() ? "expired" : row.state;
}

/** A transfer's files in numbers, its name, and the first visible picture of its files. */
export type FilesSummary = { numbers: FileNumbers; firstPath?: string | undefined; picture?: string | undefined };

export const filesSummaryOf = (row: TransferRow): FilesSummary => ({
  numbers: numbersIn(row),
  firstPath: row.firstPath,
  picture: row.picture,
});

/** `seen`: numbers of files that have just been read; by default those of the header. */
export function viewTransfer(row: TransferRow, now: Date, seen: FilesSummary = filesSummaryOf(row)): TransferView {
  const until = restorableUntil(row, now);
  const state = stateAt(row, now);
  const { files, bytes } = expected(seen.numbers);
  return {
    id: row.id,
    title: row.title,
    name: transferName({ title: row.title, firstPath: seen.firstPath, files }),
    message: row.message,
    state,
    status: statusOf(state, seen.numbers),
    numbers: seen.numbers,
    fileCount: files,
    bytes,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    ...(row.deletedAt ? { deletedAt: row.deletedAt } : {}),
    ...(until ? { restorableUntil: until } : {}),
    purged: row.purgedAt !== undefined,
    sender: { id: row.senderId, name: row.senderName },
    recipients: { named: row.recipientCount ?? 0, collected: row.collectedCount ?? 0 },
    link: linkPath({ id: row.linkId, version: row.linkVersion }),
    ...pictureAt(state, seen),
    ...(row.downloadLimit ? { downloadLimit: row.downloadLimit } : {}),
  };
}

/** Transfers that can't be opened have no picture, and removed files are not used for one. */
function pictureAt(state: TransferState, { picture }: FilesSummary): Pick<TransferView, "picture"> | undefined {
  const [ordinal, name] = picture?.split("/") ?? [];
  if (!ordinal || !name || state === "deleted" || state === "expired") return undefined;
  return { picture: { ordinal: Number(ordinal), name } };
}
