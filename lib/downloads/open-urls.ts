import { FileChanged } from "#lib/files/file.errors.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { TransferRow } from "#lib/transfers/transfer.store.ts";
import { type Access, noteAccess, noteOpenUntil, tagObjects } from "./access.store.ts";

/** Seconds that a URL lives which is used at once, or signed again when it ends. */
export const SHORT_LIFE = 60;
/** Of URLs that a browser's own download manager keeps, and goes on with after a pause. */
export const BROWSER_LIFE = 3600;
/** 1 Mbit/s in bytes a second: the slowest line for which the URL of a limited file lives long enough. */
const SLOWEST_LINE = 125_000;
/** What is noted lies ahead by so much, so that a file that many ask for is not written for each of them. */
const SLACK_MS = 10 * 60_000;
const CONCURRENCY = 16;

/** How long a browser may go on with a download at its URL: a limited file's lives no longer than it takes. */
export const browserLife = (file: Pick<FileRow, "size">, limited: boolean): number =>
  limited ? Math.min(BROWSER_LIFE, SHORT_LIFE + Math.ceil(file.size / SLOWEST_LINE)) : BROWSER_LIFE;

type Opening = {
  transfer: Pick<TransferRow, "expiresAt">;
  /** Seconds that the URLs are to live. */
  life: number;
  /** Looks again, with every write that came before, whether the URLs may be handed out; throws when not. */
  lookAgain: () => Promise<unknown>;
};

/**
 * Comes before URLs of files are signed, and answers how many seconds they may live: never beyond the transfer's end, and
 * a minute for a file that was closed in the last hour. What lives longer is noted first and looked at again after that,
 * so that who closes a file knows of every URL that is out, or the URL is not handed out.
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

/** What a closed file becomes when it is handed out again: older URLs stay closed until the last of them has ended. */
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
