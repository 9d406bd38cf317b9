import { DEFAULT_TRASH_DAYS } from "#lib/kernel/choices.ts";
import { inDays } from "#lib/kernel/time.ts";
import type { TransferRow } from "./transfer.store.ts";

type Deletable = Pick<TransferRow, "state" | "expiresAt" | "purgeAt" | "deletedAt" | "purgedAt">;

/** When the files of a deleted transfer go. One that was deleted before there was a trash has the usual time. */
const purgeAtOf = ({ purgeAt, deletedAt, expiresAt }: Deletable): string =>
  purgeAt ?? (deletedAt ? inDays(new Date(deletedAt), DEFAULT_TRASH_DAYS) : expiresAt);

/** When the files of a transfer go by themselves: at its end, or when its time in the trash is over. */
export const endOf = (row: Deletable): string => (row.state === "deleted" ? purgeAtOf(row) : row.expiresAt);

/** Until when a deletion can be taken back; undefined when there is none, or it is too late. */
export function restorableUntil(row: Deletable, now: Date): string | undefined {
  if (row.state !== "deleted" || row.purgedAt) return undefined;
  const until = purgeAtOf(row);
  return until > now.toISOString() ? until : undefined;
}
