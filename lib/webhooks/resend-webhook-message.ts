import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { getMessageRow, requeueMessage, viewMessage } from "./message.store.ts";
import { WebhookOff } from "./webhook.errors.ts";
import { MessageRef, type MessageView } from "./webhook.schema.ts";
import { getWebhookRow, isOn } from "./webhook.store.ts";

/**
 * Sends a message once more, under the id that it has. Throws WebhookNotFound, MessageNotFound, and WebhookOff for a
 * webhook that is paused or gone.
 */
export async function resendWebhookMessage(ctx: Ctx, input: MessageRef): Promise<MessageView> {
  const { workspaceId } = requirePermission(ctx, "webhook:write");
  const { webhookId, id } = MessageRef.parse(input);
  if (!isOn(await getWebhookRow(workspaceId, webhookId))) throw new WebhookOff();
  return viewMessage(await requeueMessage(await getMessageRow({ workspaceId, webhookId, id })));
}
