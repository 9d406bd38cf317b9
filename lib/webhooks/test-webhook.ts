import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { insertMessage, viewMessage } from "./message.store.ts";
import { WebhookOff } from "./webhook.errors.ts";
import { type MessageView, WebhookRef } from "./webhook.schema.ts";
import { getWebhookRow, isOn } from "./webhook.store.ts";

/** Sends a message of the type `webhook.test`, whatever events it has. Throws WebhookNotFound and WebhookOff. */
export async function testWebhook(ctx: Ctx, input: WebhookRef): Promise<MessageView> {
  const { workspaceId } = requirePermission(ctx, "webhook:write");
  const row = await getWebhookRow(workspaceId, WebhookRef.parse(input).id);
  if (!isOn(row)) throw new WebhookOff();
  const now = ctx.clock.now();
  const payload = JSON.stringify({
    type: "webhook.test",
    timestamp: now.toISOString(),
    data: { message: "Dormouse reaches this URL." },
  });
  const message = {
    workspaceId,
    webhookId: row.id,
    id: `msg_${randomToken()}`,
    type: "webhook.test" as const,
    payload,
  };
  return viewMessage(await insertMessage(message, now));
}
