import type { EntityItem } from "electrodb";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { leaseFor } from "#lib/db/lease.ts";
import { db } from "#lib/db/service.ts";
import { epochSeconds } from "#lib/kernel/time.ts";
import type { KeptAnswerEntity } from "./kept-answer.entity.ts";

export type KeptAnswerRow = EntityItem<typeof KeptAnswerEntity>;
export type KeptAnswerKey = Pick<KeptAnswerRow, "workspaceId" | "keyId" | "name">;

/** More than the function behind API Gateway may take: a call that has not answered by then never will. */
const LEASE_MS = 60_000;
const KEPT_SECONDS = 24 * 3600;

/**
 * Begins a call: true if there is none of this name, or the same one was given up. Of several callers one is told true.
 */
export const beginCall = (
  key: KeptAnswerKey,
  { fingerprint, token, now }: { fingerprint: string; token: string; now: Date },
): Promise<boolean> =>
  conditionHeld(() =>
    db()
      .entities.keptAnswer.put({
        ...key,
        fingerprint,
        ...leaseFor(token, now, LEASE_MS),
        expires: epochSeconds(now) + KEPT_SECONDS,
      })
      .where((at, is) => {
        const ended = `${is.notExists(at.answer)} AND ${is.lte(at.leasedUntil, now.toISOString())}`;
        const free = `${is.notExists(at.fingerprint)} OR ${is.lte(at.expires, epochSeconds(now))}`;
        return `${free} OR (${ended} AND ${is.eq(at.fingerprint, fingerprint)})`;
      })
      .go(),
  );

/** The call of this name that has not expired. */
export async function findCall(key: KeptAnswerKey, now: Date): Promise<KeptAnswerRow | undefined> {
  const { data } = await db().entities.keptAnswer.get(key).go({ consistent: true });
  return data && data.expires > epochSeconds(now) ? data : undefined;
}

/** Keeps the answer, unless another caller has taken over meanwhile. */
export const keepAnswer = (
  key: KeptAnswerKey,
  token: string,
  answer: Required<Pick<KeptAnswerRow, "status" | "answer">>,
): Promise<boolean> =>
  conditionHeld(() =>
    db()
      .entities.keptAnswer.patch(key)
      .set(answer)
      .where((at, is) => is.eq(at.leasedBy, token))
      .go(),
  );

/** The call has failed, or its answer is too large to be kept: it may be repeated. */
export const abandonCall = (key: KeptAnswerKey, token: string): Promise<boolean> =>
  conditionHeld(() =>
    db()
      .entities.keptAnswer.remove(key)
      .where((at, is) => is.eq(at.leasedBy, token))
      .go(),
  );
