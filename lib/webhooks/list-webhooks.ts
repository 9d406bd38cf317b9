import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import type { WebhookView } from "./webhook.schema.ts";
import { listWebhookRows, viewWebhook } from "./webhook.store.ts";

/** The workspace's webhooks, the oldest first. */
export async function listWebhooks(ctx: Ctx): Promise<WebhookView[]> {
  const { workspaceId } = requirePermission(ctx, "webhook:write");
  const now = ctx.clock.now();
  return (await listWebhookRows(workspaceId)).map((row) => viewWebhook(row, now));
}
