import { requirePermission } from "#lib/auth/permissions.ts";
import { withoutDuplicates } from "#lib/deliveries/address.schema.ts";
import { DeliveryChanged } from "#lib/deliveries/delivery.errors.ts";
import { insertDeliveries } from "#lib/deliveries/delivery.store.ts";
import { newDeliveries } from "#lib/deliveries/new-deliveries.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { newId } from "#lib/kernel/id.ts";
import { inDays } from "#lib/kernel/time.ts";
import { getWorkspace } from "#lib/workspaces/get-workspace.ts";
import { CreateTransfer, type TransferView } from "./transfer.schema.ts";
import { insertTransfer, type TransferRow } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/** Makes an empty transfer, its link and those of its recipients, before the first byte is sent. */
export async function createTransfer(ctx: Ctx, input: CreateTransfer): Promise<TransferView> {
  const { actor, workspaceId } = requirePermission(ctx, "transfer:create");
  const { title, message, expiryDays, downloadLimit, recipients } = CreateTransfer.parse(input);
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
    ...(ctx.origin ? { origin: ctx.origin } : {}),
    createdAt: now.toISOString(),
    expiresAt: inDays(now, expiryDays),
    ...(downloadLimit > 0 ? { downloadLimit } : {}),
    ...(workspace.scanPolicy ? { scanPolicy: workspace.scanPolicy } : {}),
  };
  await insertTransfer(row);
  const deliveries = newDeliveries(row, withoutDuplicates(recipients), { position: 0, now });
  if (!(await insertDeliveries(row, deliveries))) throw new DeliveryChanged();
  return viewTransfer(row, now);
}
