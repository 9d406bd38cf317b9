import { createHash } from "node:crypto";
import { requireSystem } from "#lib/auth/permissions.ts";
import { findDeliveryRow } from "#lib/deliveries/delivery.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { tokenFrom } from "#lib/kernel/id.ts";
import type { WebhookEvent } from "#lib/kernel/webhook-events.ts";
import { findTransferRow, type TransferRow } from "#lib/transfers/transfer.store.ts";
import { viewTransfer } from "#lib/transfers/transfer.view.ts";
import { insertMessage } from "./message.store.ts";
import { isOn, listWebhookRows } from "./webhook.store.ts";

/** `key` names the event within its transfer and type; `who` is a delivery's id or ANYONE_WITH_LINK, `at` ISO 8601. */
export type EmittedEvent = {
  transferId: string;
  type: WebhookEvent;
  key: string;
  who?: string | undefined;
  at?: string | undefined;
};

/**
 * Writes a message for each webhook that wants to know of the event. Repeated for the same key it writes none, since the
 * message's id is made of the webhook and the event.
 */
export async function emitEvent(ctx: Ctx, event: EmittedEvent): Promise<void> {
  const { workspaceId } = requireSystem(ctx);
  const { type, transferId, key } = event;
  const wanted = (await listWebhookRows(workspaceId)).filter((row) => isOn(row) && row.events.includes(type));
  if (wanted.length === 0) return;
  const transfer = await findTransferRow(workspaceId, transferId);
  if (!transfer) return;
  const now = ctx.clock.now();
  const payload = JSON.stringify({
    type,
    timestamp: event.at || now.toISOString(),
    data: { transfer: aboutTransfer(transfer, now), ...(await aboutRecipient(transfer, event.who)) },
  });
  for (const { id: webhookId } of wanted) {
    const id = `msg_${digest(`${webhookId}/${transferId}/${type}/${key}`)}`;
    await insertMessage({ workspaceId, webhookId, id, type, payload }, now);
  }
}

/** 131 bits of a hash: who knows one id can guess no other. */
const digest = (text: string): string => tokenFrom(BigInt(`0x${createHash("sha256").update(text).digest("hex")}`));

/** Nothing that opens anything: who receives it may show it to others. */
function aboutTransfer(row: TransferRow, now: Date) {
  const { id, title, name, state, createdAt, expiresAt, sender, numbers } = viewTransfer(row, now);
  const { ready, blocked } = numbers;
  return {
    ...{ id, title, name, state, createdAt, expiresAt, sender, files: { ready, blocked } },
    ...(row.origin ? { url: `${row.origin}/transfers/${id}` } : {}),
  };
}

/** `recipient` is null for anyone with the transfer's own link. */
async function aboutRecipient(transfer: TransferRow, who: string | undefined) {
  if (who === undefined) return {};
  const row = await findDeliveryRow(transfer, who);
  return { recipient: row ? { id: row.id, email: row.email, ...(row.name ? { name: row.name } : {}) } : null };
}
