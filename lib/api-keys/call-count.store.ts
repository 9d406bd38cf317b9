import { db } from "#lib/db/service.ts";
import { epochSeconds } from "#lib/kernel/time.ts";

/** Seconds for which a count is kept after its minute has begun. */
const KEPT_SECONDS = 3600;

/** Counts a call of a key in the minute of `now`; answers how many there are with this one. */
export async function addCall(workspaceId: string, keyId: string, now: Date): Promise<number> {
  const minute = now.toISOString().slice(0, 16);
  const { data } = await db()
    .entities.callCount.upsert({ workspaceId, keyId, minute, forgetAt: epochSeconds(now) + KEPT_SECONDS })
    .add({ calls: 1 })
    .go({ response: "all_new" });
  return data.calls;
}
