import type { Ctx } from "#lib/kernel/ctx.ts";
import { LinkUnknown } from "#lib/links/link.errors.ts";
import { findTransferRow, requireOpen, type TransferRow } from "./transfer.store.ts";

/** Opens every verb of a guest: the transfer behind the link, if it is open. */
export async function requireGuest(ctx: Ctx): Promise<TransferRow> {
  if (ctx.actor.kind !== "guest") throw new LinkUnknown();
  const row = await findTransferRow(ctx.actor.workspaceId, ctx.actor.transferId);
  if (!row) throw new LinkUnknown();
  requireOpen(row, ctx.clock.now());
  return row;
}
