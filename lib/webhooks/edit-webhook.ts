import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { requirePublicHost } from "./public-address.ts";
import { EditWebhook, type WebhookView } from "./webhook.schema.ts";
import { getWebhookRow, updateWebhook, viewWebhook } from "./webhook.store.ts";

/** Changes, pauses or resumes a webhook. Throws WebhookNotFound and AddressNotPublic. */
export async function editWebhook(ctx: Ctx, input: EditWebhook): Promise<WebhookView> {
  const { workspaceId } = requirePermission(ctx, "webhook:write");
  const { id, url, description, events, enabled } = EditWebhook.parse(input);
  if (url) requirePublicHost(new URL(url));
  const row = await getWebhookRow(workspaceId, id);
  const changes = {
    ...(url ? { url } : {}),
    ...(description === undefined ? {} : { description }),
    ...(events ? { events } : {}),
    ...(enabled === undefined ? {} : { enabled }),
  };
  if (Object.keys(changes).length === 0) return viewWebhook(row, ctx.clock.now());
  const edited = await updateWebhook(row, changes, { resumed: enabled === true });
  return viewWebhook(edited, ctx.clock.now());
}
