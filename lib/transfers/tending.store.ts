import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import { findTransferRow, type TransferRow } from "./transfer.store.ts";

/** Who tends a transfer has it for so long, in milliseconds; after that someone else may. */
const LEASE_MS = 60_000;

const patchTransfer = ({ workspaceId, id }: Pick<TransferRow, "workspaceId" | "id">) =>
  db().entities.transfer.patch({ workspaceId, id });

/**
 * Wakes whoever tends the transfer, and takes it when nobody does. Undefined when another has it (who will see that it
 * was woken) or when there is no such transfer. `token` is the same for another try of the same call.
 */
export async function takeTransfer(
  workspaceId: string,
  id: string,
  token: string,
  now: Date,
  tries = 3,
): Promise<TransferRow | undefined> {
  const row = await findTransferRow(workspaceId, id);
  if (!row) return undefined;
  const at = now.toISOString();
  const isTended = row.tendedBy !== undefined && row.tendedBy !== token && (row.tendedUntil ?? "") > at;
  // Who tends it clears the mark before looking, so what made us come will be seen.
  if (isTended && row.wokenAt) return undefined;
  if (
    isTended &&
    (await conditionHeld(() =>
      patchTransfer(row)
        .set({ wokenAt: at })
        .where((a, is) => is.eq(a.tendedBy, row.tendedBy ?? ""))
        .go(),
    ))
  )
    return undefined;
  const taken = await conditionHeld(() =>
    patchTransfer(row)
      .set({ tendedBy: token, tendedUntil: new Date(now.getTime() + LEASE_MS).toISOString() })
      .remove(["wokenAt"])
      .where((a, is) => `${is.notExists(a.tendedUntil)} OR ${is.lte(a.tendedUntil, at)} OR ${is.eq(a.tendedBy, token)}`)
      .go(),
  );
  // As it is now: a replica may not know of the run that has just ended.
  if (taken) return (await db().entities.transfer.get({ workspaceId, id }).go({ consistent: true })).data ?? undefined;
  // Another was quicker just now: once more, to leave the mark with them.
  if (tries > 1) return await takeTransfer(workspaceId, id, token, now, tries - 1);
  throw new Error(`Nobody could tend the transfer ${id}.`);
}

/** Lets go of the transfer. `woken`: something happened meanwhile, so look once more. `lost`: another has it. */
export async function releaseTransfer(row: TransferRow, token: string): Promise<"released" | "woken" | "lost"> {
  const released = await conditionHeld(() =>
    patchTransfer(row)
      .remove(["tendedBy", "tendedUntil"])
      .where((a, is) => `${is.eq(a.tendedBy, token)} AND ${is.notExists(a.wokenAt)}`)
      .go(),
  );
  if (released) return "released";
  const now = await findTransferRow(row.workspaceId, row.id);
  return now?.tendedBy === token ? "woken" : "lost";
}

/** A sealed transfer all of whose files are decided upon. */
export async function readyTransfer(row: TransferRow): Promise<boolean> {
  return await conditionHeld(() =>
    patchTransfer(row)
      .set({ state: "ready" })
      .where((a, is) => is.eq(a.state, "sealed"))
      .go(),
  );
}
