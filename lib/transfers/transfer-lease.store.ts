import { conditionHeld } from "#lib/db/conditional-write.ts";
import { isLeasedByOther, leaseFor, mayLease } from "#lib/db/lease.ts";
import { db } from "#lib/db/service.ts";
import { findTransferRow, type TransferRow } from "./transfer.store.ts";

const LEASE_MS = 60_000;
/** Tries when another was quicker. */
const TRIES = 3;

const patchTransfer = ({ workspaceId, id }: Pick<TransferRow, "workspaceId" | "id">) =>
  db().entities.transfer.patch({ workspaceId, id });

/**
 * Acquires the lease of a transfer, and answers the transfer as it then is. Undefined when there is no such transfer, or
 * when another has the lease: the transfer is then marked for them to look at once more (`recheckAt`). `token` names the
 * caller, and is the same for another try of the same call.
 */
export async function acquireLease(
  workspaceId: string,
  id: string,
  token: string,
  now: Date,
): Promise<TransferRow | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await findTransferRow(workspaceId, id);
    if (!row) return undefined;
    if (isLeasedByOther(row, token, now) && (await markForRecheck(row, now))) return undefined;
    const acquired = await conditionHeld(() =>
      patchTransfer(row)
        .set(leaseFor(token, now, LEASE_MS))
        .remove(["recheckAt"])
        .where((at, is) => mayLease(at, is, token, now))
        .go(),
    );
    // A replica may not know of the run that has just ended.
    if (acquired) return await findTransferRow(workspaceId, id, { consistent: true });
  }
  throw new Error(`The lease of the transfer ${id} could not be acquired, ${TRIES} times.`);
}

/** False when who has the lease has given it back meanwhile. */
async function markForRecheck(row: TransferRow, now: Date): Promise<boolean> {
  // The mark is cleared before the transfer is looked at, so what brought this caller here will be seen.
  if (row.recheckAt) return true;
  return await conditionHeld(() =>
    patchTransfer(row)
      .set({ recheckAt: now.toISOString() })
      .where((at, is) => is.eq(at.leasedBy, row.leasedBy ?? ""))
      .go(),
  );
}

/** Releases the lease. `recheck`: the caller keeps it, and is to look once more. `lost`: another has it. */
export async function releaseLease(row: TransferRow, token: string): Promise<"released" | "recheck" | "lost"> {
  const released = await conditionHeld(() =>
    patchTransfer(row)
      .remove(["leasedBy", "leasedUntil"])
      .where((at, is) => `${is.eq(at.leasedBy, token)} AND ${is.notExists(at.recheckAt)}`)
      .go(),
  );
  if (released) return "released";
  const now = await findTransferRow(row.workspaceId, row.id);
  return now?.leasedBy === token ? "recheck" : "lost";
}
