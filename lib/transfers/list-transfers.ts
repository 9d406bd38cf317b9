import { requirePermission } from "#lib/auth/permissions.ts";
import type { Page } from "#lib/files/file.schema.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { TransferView } from "./transfer.schema.ts";
import { listTransferRows } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

const PAGE = 50;

/**
 * The member's own transfers, or with `everyone` all of the workspace's if the role allows it; with `trash` the deleted
 * ones of these. Newest first, paged.
 */
export async function listTransfers(
  ctx: Ctx,
  input: { everyone?: boolean; trash?: boolean; cursor?: string | undefined },
): Promise<Page<TransferView>> {
  const { workspaceId, actor, scope } = requirePermission(ctx, "transfer:read");
  const mine = scope === "own" || !input.everyone;
  const page = await listTransferRows(workspaceId, {
    shelf: input.trash ? "trash" : "transfers",
    ...(mine ? { senderId: actor.memberId } : {}),
    limit: PAGE,
    cursor: input.cursor,
  });
  const now = ctx.clock.now();
  return { ...page, items: page.items.map((row) => viewTransfer(row, now)) };
}
