import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { WebhookRef } from "./webhook.schema.ts";
import { deleteWebhookRow, getWebhookRow } from "./webhook.store.ts";

/** Deletes a webhook: nothing is sent to it from now on, also of what waits. Throws WebhookNotFound. */
export async function deleteWebhook(ctx: Ctx, input: WebhookRef): Promise<{ deleted: true }> {
  const { workspaceId } = requirePermission(ctx, "webhook:write");
  const { id } = await getWebhookRow(workspaceId, WebhookRef.parse(input).id);
  await deleteWebhookRow(workspaceId, id);
  logSecurity("webhook-deleted", ctx, { webhook: id });
  return { deleted: true };
}
