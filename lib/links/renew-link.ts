import { requirePermission } from "#lib/auth/permissions.ts";
import { entryOf } from "#lib/deliveries/activity.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { TransferRef, type TransferView } from "#lib/transfers/transfer.schema.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { viewTransfer } from "#lib/transfers/transfer.view.ts";
import { raiseLinkVersion } from "#lib/transfers/transfer-link.store.ts";

/** Replaces a transfer's link: tokens made before are refused from now on. */
export async function renewLink(ctx: Ctx, input: TransferRef): Promise<TransferView> {
  const authorized = requirePermission(ctx, "transfer:write");
  const { id } = TransferRef.parse(input);
  const row = await getTransferRow(authorized, id);
  const { workspaceId, linkVersion } = row;
  const at = ctx.clock.now();
  const who = `link#${linkVersion + 1}`;
  // It wakes who closes what the old link has handed out.
  const entry = entryOf({ workspaceId, transferId: id, kind: "renewed", who, name: authorized.actor.name, at });
  return viewTransfer(await raiseLinkVersion(row, entry), at);
}
