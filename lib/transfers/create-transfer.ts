import type { z } from "zod";
import { type Grant, requirePermission } from "#lib/auth/permissions.ts";
import { type Recipient, withoutDuplicates } from "#lib/deliveries/address.schema.ts";
import { DeliveryChanged } from "#lib/deliveries/delivery.errors.ts";
import { insertDeliveries } from "#lib/deliveries/delivery.store.ts";
import { newDeliveries } from "#lib/deliveries/new-deliveries.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { newId } from "#lib/kernel/id.ts";
import { inDays } from "#lib/kernel/time.ts";
import { getWorkspace } from "#lib/workspaces/get-workspace.ts";
import type { WorkspaceView } from "#lib/workspaces/workspace.schema.ts";
import { TransferChanged } from "./transfer.errors.ts";
import { CreateTransfer, type TransferView } from "./transfer.schema.ts";
import { insertTransfer, type TransferRow } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/** Makes an empty transfer, its link and those of its recipients, before the first byte is sent. */
export async function createTransfer(ctx: Ctx, input: CreateTransfer): Promise<TransferView> {
  const grant = requirePermission(ctx, "transfer:create");
  const details = CreateTransfer.parse(input);
  const row = newTransferRow(ctx, grant, newId("tr"), details, await getWorkspace(ctx));
  if (!(await insertTransfer(row))) throw new TransferChanged();
  await addRecipients(ctx, row, details.recipients);
  return viewTransfer(row, ctx.clock.now());
}

/** An empty transfer of whoever acts, before it is written. */
export function newTransferRow(
  ctx: Ctx,
  { actor, workspaceId }: Grant,
  id: string,
  { title, message, expiryDays, downloadLimit }: z.output<typeof CreateTransfer>,
  { name, scanPolicy }: WorkspaceView,
): TransferRow {
  const now = ctx.clock.now();
  return {
    workspaceId,
    id,
    state: "draft",
    title,
    message,
    senderId: actor.memberId,
    senderName: actor.name,
    workspaceName: name,
    linkId: newId("ln"),
    linkVersion: 1,
    nextOrdinal: 0,
    fileCount: 0,
    bytes: 0,
    ...(ctx.origin ? { origin: ctx.origin } : {}),
    createdAt: now.toISOString(),
    expiresAt: inDays(now, expiryDays),
    ...(downloadLimit > 0 ? { downloadLimit } : {}),
    ...(scanPolicy ? { scanPolicy } : {}),
  };
}

/** Gives the recipients of a new transfer their links; of those of an earlier call, which are kept in order, only the rest. */
export async function addRecipients(ctx: Ctx, row: TransferRow, recipients: readonly Recipient[]): Promise<void> {
  const position = row.recipientCount ?? 0;
  const rest = withoutDuplicates(recipients).slice(position);
  if (!(await insertDeliveries(row, newDeliveries(row, rest, { position, now: ctx.clock.now() }))))
    throw new DeliveryChanged();
}
