import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { FileNumbers } from "#lib/kernel/file-numbers.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import { findTransferRow, type TransferRow } from "#lib/transfers/transfer.store.ts";
import { viewTransfer } from "#lib/transfers/transfer.view.ts";
import { findDeliveryRow } from "./delivery.store.ts";

/** What a webhook's receiver is told of a transfer. Nothing in it opens anything, since receivers may show it to others. */
export type TransferDescription = {
  transfer: Pick<TransferView, "id" | "title" | "name" | "state" | "createdAt" | "expiresAt" | "sender"> & {
    files: Pick<FileNumbers, "ready" | "blocked">;
    /** The transfer's page for members. */
    url?: string;
  };
  /** Null for anyone with the transfer's own link; absent where the event is not about a recipient. */
  recipient?: { id: string; email: string; name?: string } | null;
};

/** `who` is a delivery's id, or ANYONE_WITH_LINK. Undefined when the transfer is gone. */
export async function describeTransfer(
  ctx: Ctx,
  input: { transferId: string; who?: string | undefined },
): Promise<TransferDescription | undefined> {
  const { workspaceId } = requireSystem(ctx);
  const { transferId, who } = input;
  const row = await findTransferRow(workspaceId, transferId);
  if (!row) return undefined;
  const { id, title, name, state, createdAt, expiresAt, sender, numbers } = viewTransfer(row, ctx.clock.now());
  const { ready, blocked } = numbers;
  const transfer = {
    ...{ id, title, name, state, createdAt, expiresAt, sender, files: { ready, blocked } },
    ...(row.origin ? { url: `${row.origin}/transfers/${id}` } : {}),
  };
  return who === undefined ? { transfer } : { transfer, recipient: await describeRecipient(row, who) };
}

async function describeRecipient(transfer: TransferRow, who: string) {
  const row = await findDeliveryRow(transfer, who);
  return row ? { id: row.id, email: row.email, ...(row.name ? { name: row.name } : {}) } : null;
}
