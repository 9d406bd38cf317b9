import { DEFAULT_TRASH_DAYS } from "#lib/kernel/choices.ts";
import { inDays } from "#lib/kernel/time.ts";
import type { TransferRow } from "./transfer.store.ts";

type Deletable = Pick<TransferRow, "state" | "expiresAt" | "purgeAt" | "deletedAt" | "purgedAt">;

/** When a deleted transfer is purged. One that was deleted before there was a trash has the usual period. */
const purgeAtOf = ({ purgeAt, deletedAt, expiresAt }: Deletable): string =>
  purgeAt ?? (deletedAt ? inDays(new Date(deletedAt), DEFAULT_TRASH_DAYS) : expiresAt);

/** When a transfer's files are purged automatically: at its end, or when its time in the trash is over. */
export const endOf = (row: Deletable): string => (row.state === "deleted" ? purgeAtOf(row) : row.expiresAt);

/** Until when a transfer can be restored; undefined when it is not deleted, or it is too late. */
export function restorableUntil(row: Deletable, now: Date): string | undefined {
  if (row.state !== "deleted" || row.purgedAt) return undefined;
  const until = purgeAtOf(row);
  return until > now.toISOString() ? until : undefined;
}
