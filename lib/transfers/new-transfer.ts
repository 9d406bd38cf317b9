import type { z } from "zod";
import type { Grant } from "#lib/auth/permissions.ts";
import { DeliveryChanged } from "#lib/deliveries/delivery.errors.ts";
import { insertDeliveries } from "#lib/deliveries/delivery.store.ts";
import { newDeliveries } from "#lib/deliveries/new-deliveries.ts";
import { type Recipient, withoutDuplicates } from "#lib/kernel/address.ts";
import { newId } from "#lib/kernel/id.ts";
import { inDays } from "#lib/kernel/time.ts";
import type { WorkspaceView } from "#lib/workspaces/workspace.schema.ts";
import type { CreateTransfer } from "./transfer.schema.ts";
import { findTransferRow, senderShelf, type TransferRow } from "./transfer.store.ts";

/** An empty transfer of whoever acts, before it is written. */
export function newTransferRow(
  { actor, workspaceId }: Grant,
  id: string,
  { title, message, expiryDays, downloadLimit }: z.output<typeof CreateTransfer>,
  { name, scanPolicy, unscannable, ...workspace }: WorkspaceView,
  { now, origin }: { now: Date; origin: string | undefined },
): TransferRow {
  return {
    workspaceId,
    id,
    state: "draft",
    shelf: "transfers",
    senderShelf: senderShelf(actor.memberId, "transfers"),
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
    ...(origin ? { origin } : {}),
    createdAt: now.toISOString(),
    expiresAt: inDays(now, expiryDays ?? workspace.expiryDays),
    ...(downloadLimit > 0 ? { downloadLimit } : {}),
    ...(scanPolicy ? { scanPolicy } : {}),
    ...(unscannable ? { unscannable } : {}),
  };
}

/** Two calls for one transfer take turns: each may be first twice, since forty are written at a time. */
const TRIES = 4;

/** Gives the recipients of a new transfer their links; of those of an earlier call, which are kept in order, only the rest. */
export async function addRecipients(row: TransferRow, recipients: readonly Recipient[], now: Date): Promise<void> {
  const all = withoutDuplicates(recipients);
  for (let tries = 1, kept: TransferRow | undefined = row; kept && tries <= TRIES; tries++) {
    const position = kept.recipientCount ?? 0;
    if (await insertDeliveries(kept, newDeliveries(kept, all.slice(position), { position, now }))) return;
    kept = await findTransferRow(row.workspaceId, row.id);
  }
  throw new DeliveryChanged();
}
