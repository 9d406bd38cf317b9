import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { WebhookRef, type WebhookView } from "./webhook.schema.ts";
import { getWebhookRow, viewWebhook } from "./webhook.store.ts";

/** Throws WebhookNotFound. */
export async function getWebhook(ctx: Ctx, input: WebhookRef): Promise<WebhookView> {
  const { workspaceId } = requirePermission(ctx, "webhook:write");
  const { id } = WebhookRef.parse(input);
  return viewWebhook(await getWebhookRow(workspaceId, id), ctx.clock.now());
}
