import { conditionalWrite, conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import { fileKey } from "#lib/files/file.entity.ts";
import type { FileRow, FilesOf } from "#lib/files/file.store.ts";
import { epochSeconds } from "#lib/kernel/time.ts";

/** Milliseconds for which a visitor may repeat a counted download. */
const LIFE_MS = 24 * 3600 * 1000;
/** How often it may be repeated in that time, so that repeating does not bypass the limit. */
export const MAX_TRIES = 20;

/** One visitor of a transfer. */
export type VisitorOf = { workspaceId: string; transferId: string; visitor: string };

/**
 * Counts one more download of a ready file, in a write whose condition is the limit, so that the limit holds for any
 * number of simultaneous requests. Undefined when the file is not ready, or its limit is reached.
 */
export async function countDownloadOf(of: FilesOf, ordinal: number, limit: number): Promise<FileRow | undefined> {
  const outcome = await conditionalWrite(() =>
    db()
      .entities.file.patch(fileKey({ workspaceId: of.workspaceId, transferId: of.id, ordinal }))
      .add({ downloads: 1 })
      .where((at, is) => {
        const ready = is.eq(at.state, "ready");
        return limit > 0 ? `${ready} AND (${is.notExists(at.downloads)} OR ${is.lt(at.downloads, limit)})` : ready;
      })
      .go({ response: "all_new" }),
  );
  return outcome.held ? (outcome.answer.data as FileRow) : undefined;
}

/**
 * Counts a download of a ready file and stores it for the visitor, in one transaction. Otherwise returns the reason:
 * `taken` when this visitor already has a valid one, `refused` when the file is not ready or its limit is reached.
 */
export async function insertTaking(
  of: VisitorOf,
  ordinal: number,
  limit: number,
  now: Date,
): Promise<"counted" | "taken" | "refused"> {
  const { workspaceId, transferId } = of;
  const until = new Date(now.getTime() + LIFE_MS);
  const row = { ...of, ordinal, until: until.toISOString(), tries: 1, forgetAt: epochSeconds(until) };
  const outcome = await conditionalWrite(() =>
    db()
      .transaction.write(({ taking, file }) => [
        taking
          .put(row)
          .where(
            (at, is) =>
              `${is.notExists(at.until)} OR ${is.lte(at.until, now.toISOString())} OR ${is.gte(at.tries, MAX_TRIES)}`,
          )
          .commit(),
        file
          .patch(fileKey({ workspaceId, transferId, ordinal }))
          .add({ downloads: 1 })
          .where(
            (at, is) =>
              `${is.eq(at.state, "ready")} AND (${is.notExists(at.downloads)} OR ${is.lt(at.downloads, limit)})`,
          )
          .commit(),
      ])
      .go(),
  );
  if (outcome.held) return "counted";
  return outcome.failed.includes(0) ? "taken" : "refused";
}

/** Counts a repeated request of a download. False when its time or its number of requests is used up. */
export async function tryTakingAgain(of: VisitorOf, ordinal: number, now: Date): Promise<boolean> {
  return await conditionHeld(() =>
    db()
      .entities.taking.patch({ ...of, ordinal })
      .add({ tries: 1 })
      .where((at, is) => `${is.gt(at.until, now.toISOString())} AND ${is.lt(at.tries, MAX_TRIES)}`)
      .go(),
  );
}

/** Until when this visitor may repeat its downloads, by ordinal, from one ordinal to another. */
export async function listTakings(
  of: VisitorOf,
  { from, to }: { from: number; to: number },
  now: Date,
): Promise<Map<number, string>> {
  const { data } = await db()
    .entities.taking.query.ofVisitor(of)
    .between({ ordinal: from }, { ordinal: to })
    .where((at, is) => `${is.gt(at.until, now.toISOString())} AND ${is.lt(at.tries, MAX_TRIES)}`)
    .go({ pages: "all" });
  return new Map(data.map(({ ordinal, until }) => [ordinal, until]));
}
