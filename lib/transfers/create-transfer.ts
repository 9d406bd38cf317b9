import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { newId } from "#lib/kernel/id.ts";
import { inDays } from "#lib/kernel/time.ts";
import { getWorkspace } from "#lib/workspaces/get-workspace.ts";
import { CreateTransfer, type TransferView } from "./transfer.schema.ts";
import { insertTransfer, type TransferRow } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/** Makes an empty transfer and its link, before the first byte is sent. */
export async function createTransfer(ctx: Ctx, input: CreateTransfer): Promise<TransferView> {
  const { actor, workspaceId } = requirePermission(ctx, "transfer:create");
  const { title, message, expiryDays } = CreateTransfer.parse(input);
  const now = ctx.clock.now();
  const workspace = await getWorkspace(ctx);
  const row: TransferRow = {
    workspaceId,
    id: newId("tr"),
    state: "draft",
    title,
    message,
    senderId: actor.memberId,
    senderName: actor.name,
    workspaceName: workspace.name,
    linkId: newId("ln"),
    linkVersion: 1,
    nextOrdinal: 0,
    fileCount: 0,
    bytes: 0,
    createdAt: now.toISOString(),
    expiresAt: inDays(now, expiryDays),
  };
  await insertTransfer(row);
  return viewTransfer(row, now);
}
