import { requireSystem } from "#lib/auth/permissions.ts";
import { deleteObjects } from "#lib/files/object.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { deleteRowsBeside } from "./content.store.ts";
import { findTransferRow } from "./transfer.store.ts";

/**
 * A transfer's row is gone, by TTL or by whoever deleted it: nothing may lie under its prefix any more. Usually there is
 * nothing left; what a late step or upload wrote after the purge goes here.
 */
export async function purgeRemovedContent(ctx: Ctx, input: { transferId: string }): Promise<void> {
  const { workspaceId } = requireSystem(ctx);
  if (await findTransferRow(workspaceId, input.transferId)) return;
  const of = { workspaceId, id: input.transferId };
  await deleteObjects(of);
  await deleteRowsBeside(of);
}
