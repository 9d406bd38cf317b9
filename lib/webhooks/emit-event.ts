import { createHash } from "node:crypto";
import { requireSystem } from "#lib/auth/permissions.ts";
import { describeTransfer } from "#lib/deliveries/describe-transfer.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { tokenFrom } from "#lib/kernel/id.ts";
import type { WebhookEvent } from "#lib/kernel/webhook-events.ts";
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
  const data = await describeTransfer(ctx, { transferId, who: event.who });
  if (!data) return;
  const now = ctx.clock.now();
  const payload = JSON.stringify({ type, timestamp: event.at || now.toISOString(), data });
  for (const { id: webhookId } of wanted) {
    const id = `msg_${digest(`${webhookId}/${transferId}/${type}/${key}`)}`;
    await insertMessage({ workspaceId, webhookId, id, type, payload }, now);
  }
}

/** 131 bits of a hash: who knows one id can guess no other. */
const digest = (text: string): string => tokenFrom(BigInt(`0x${createHash("sha256").update(text).digest("hex")}`));
