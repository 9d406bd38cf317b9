import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import { epochSeconds } from "#lib/kernel/time.ts";

export type Amount = { files: number; bytes: number };

type Begun = { workspaceId: string; transferId: string; who: string; at: Date };

const HOUR_MS = 3600_000;

/** Milliseconds until the hour is over. */
export const restOfHour = (at: Date): number => HOUR_MS - (at.getTime() % HOUR_MS);

/** Adds to the amount of this hour. False when it would exceed `most`. */
export async function addBegun({ at, ...of }: Begun, amount: Amount, most: Amount): Promise<boolean> {
  const hour = at.toISOString().slice(0, 13);
  return await conditionHeld(() =>
    db()
      .entities.begun.update({ ...of, hour })
      .add(amount)
      .set({ forgetAt: epochSeconds(new Date(at.getTime() + 2 * HOUR_MS)) })
      .where((is, op) => {
        const room = `${op.lte(is.files, most.files - amount.files)} AND ${op.lte(is.bytes, most.bytes - amount.bytes)}`;
        return `${op.notExists(is.files)} OR (${room})`;
      })
      .go(),
  );
}
