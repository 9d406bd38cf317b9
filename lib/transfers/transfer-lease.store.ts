import { conditionHeld } from "#lib/db/conditional-write.ts";
import { isLeasedByOther, leaseFor, mayLease } from "#lib/db/lease.ts";
import { db } from "#lib/db/service.ts";
import { findTransferRow, type TransferRow } from "./transfer.store.ts";

const LEASE_MS = 60_000;
/** Attempts when another caller changes the row. */
const TRIES = 3;

const patchTransfer = ({ workspaceId, id }: Pick<TransferRow, "workspaceId" | "id">) =>
  db().entities.transfer.patch({ workspaceId, id });

/**
 * Acquires the lease of a transfer, and returns the transfer after that. Undefined when there is no such transfer, or
 * when another caller has the lease: the transfer is then marked, so that this caller looks at it once more
 * (`recheckAt`). `token` names the caller; a retry of the same call passes the same token.
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
    // A replica may not know yet that a run has just ended.
    if (acquired) return await findTransferRow(workspaceId, id, { consistent: true });
  }
  throw new Error(`The lease of the transfer ${id} could not be acquired, ${TRIES} times.`);
}

/** False when the lease was released meanwhile. */
async function markForRecheck(row: TransferRow, now: Date): Promise<boolean> {
  // The mark is cleared before the transfer is looked at, so the event of this caller will be seen.
  if (row.recheckAt) return true;
  return await conditionHeld(() =>
    patchTransfer(row)
      .set({ recheckAt: now.toISOString() })
      .where((at, is) => is.eq(at.leasedBy, row.leasedBy ?? ""))
      .go(),
  );
}

/**
 * Releases the lease. `recheck`: the transfer was marked, so the caller keeps the lease and must look again. `lost`:
 * another caller has it.
 */
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
