import { FileChanged } from "#lib/files/file.errors.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { TransferRow } from "#lib/transfers/transfer.store.ts";
import { type Access, noteAccess, noteOpenUntil, tagObjects } from "./access.store.ts";

/** Lifetime in seconds of a URL that is used at once, or signed again when it expires. */
export const SHORT_LIFE = 60;
/** Lifetime of a URL for a browser's own download manager, which resumes with the same URL. */
export const BROWSER_LIFE = 3600;
/** 1 Mbit/s in bytes per second: on slower lines the URL of a limited file may expire too early. */
const SLOWEST_LINE = 125_000;
/** The stored time is later by this much, so that a file with many requests is not written for each of them. */
const SLACK_MS = 10 * 60_000;
const CONCURRENCY = 16;

/** Seconds in which a browser may resume a download with its URL; for a limited file as long as a download takes. */
export const browserLife = (file: Pick<FileRow, "size">, limited: boolean): number =>
  limited ? Math.min(BROWSER_LIFE, SHORT_LIFE + Math.ceil(file.size / SLOWEST_LINE)) : BROWSER_LIFE;

type Opening = {
  transfer: Pick<TransferRow, "expiresAt">;
  /** Requested lifetime of the URLs in seconds. */
  life: number;
  /** Checks again, with all earlier writes, whether the URLs may be sent; throws when not. */
  lookAgain: () => Promise<unknown>;
};

/**
 * Call before signing URLs of files; returns for how many seconds they may be valid: never beyond the transfer's end,
 * and a minute for a file that was closed in the last hour. A longer lifetime is stored first and the access is checked
 * again after that, so whoever closes a file either knows of every valid URL, or the URL is not sent.
 */
export const openUrls = async (ctx: Ctx, files: FileRow[], { transfer, life, lookAgain }: Opening): Promise<number> => {
  const now = ctx.clock.now();
  const left = Math.floor((Date.parse(transfer.expiresAt) - now.getTime()) / 1000);
  const changed = files.filter((file) => file.access && file.access !== accessAfter(file, now));
  const reopened = await mapConcurrently(changed, CONCURRENCY, (file) => reopen(file, accessAfter(file, now)));
  const isRecent = files.some((file) => file.access && accessAfter(file, now) === "recent");
  const seconds = Math.max(1, Math.min(left, isRecent ? Math.min(life, SHORT_LIFE) : life));
  const noted =
    seconds > SHORT_LIFE ? await mapConcurrently(files, CONCURRENCY, (file) => note(file, now, seconds)) : [];
  if (reopened.length + noted.length === 0) return seconds;
  try {
    await lookAgain();
  } catch (error) {
    await mapConcurrently(reopened, CONCURRENCY, (file) => close(file));
    throw error;
  }
  return seconds;
};

/** The access of a closed file when it is opened again: older URLs stay closed until the last of them has expired. */
const accessAfter = ({ openUntil = "" }: FileRow, now: Date): Access =>
  openUntil > now.toISOString() ? "recent" : "open";

async function reopen(file: FileRow, access: Access): Promise<FileRow> {
  await tagObjects(file, access);
  if (await noteAccess(file, access)) return file;
  await close(file);
  throw new FileChanged();
}

async function close(file: FileRow): Promise<void> {
  await tagObjects(file, "closed");
  await noteAccess(file, "closed");
}

async function note(file: FileRow, now: Date, seconds: number): Promise<void> {
  const until = now.getTime() + seconds * 1000;
  if ((file.openUntil ?? "") >= new Date(until).toISOString()) return;
  if (!(await noteOpenUntil(file, new Date(until + SLACK_MS).toISOString()))) throw new FileChanged();
}
