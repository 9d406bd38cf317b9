import type { Ctx } from "#lib/kernel/ctx.ts";
import { LinkRevoked, LinkUnknown } from "#lib/links/link.errors.ts";
import { findLink } from "#lib/links/link.store.ts";
import { requireOpen } from "./require-open.ts";
import { findTransferRow, type TransferRow } from "./transfer.store.ts";

/**
 * The transfer of a guest's link, if it is open; every verb for guests calls this first. `consistent`: reads transfer
 * and link with all earlier writes.
 */
export async function requireGuest(ctx: Ctx, { consistent = false } = {}): Promise<TransferRow> {
  const { actor } = ctx;
  if (actor.kind !== "guest") throw new LinkUnknown();
  const [row, link] = await Promise.all([
    findTransferRow(actor.workspaceId, actor.transferId, { consistent }),
    consistent ? findLink(actor.linkId, { consistent }) : undefined,
  ]);
  if (link && link.version !== actor.linkVersion) throw new LinkRevoked();
  if (!row) throw new LinkUnknown();
  requireOpen(row, ctx.clock.now());
  return row;
}
