import { requireSystem } from "#lib/auth/permissions.ts";
import { deleteObjects } from "#lib/files/object.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { deleteRowsBeside } from "./content.store.ts";
import { findTransferRow } from "./transfer.store.ts";

/**
 * A transfer's row is gone, by TTL or because somebody deleted it: deletes what a late step or upload wrote below its
 * prefix after the purge. Usually there is nothing.
 */
export async function purgeRemovedContent(ctx: Ctx, input: { transferId: string }): Promise<void> {
  const { workspaceId } = requireSystem(ctx);
  if (await findTransferRow(workspaceId, input.transferId)) return;
  const of = { workspaceId, id: input.transferId };
  await deleteObjects(of);
  await deleteRowsBeside(of);
}
