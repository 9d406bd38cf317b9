import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { newId } from "#lib/kernel/id.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { requirePublicHost } from "./public-address.ts";
import { TooManyWebhooks } from "./webhook.errors.ts";
import { CreateWebhook, type WebhookView } from "./webhook.schema.ts";
import { insertWebhook, listWebhookRows, newSecret, viewWebhook } from "./webhook.store.ts";

const MAX_WEBHOOKS = 20;

/** Makes a webhook. Its `secret` is shown this once, and when it is rotated. */
export async function createWebhook(ctx: Ctx, input: CreateWebhook): Promise<{ webhook: WebhookView; secret: string }> {
  const { workspaceId } = requirePermission(ctx, "webhook:write");
  const { url, description, events } = CreateWebhook.parse(input);
  requirePublicHost(new URL(url));
  if ((await listWebhookRows(workspaceId)).length >= MAX_WEBHOOKS) throw new TooManyWebhooks(MAX_WEBHOOKS);
  const now = ctx.clock.now();
  const secret = newSecret();
  const row = {
    ...{ workspaceId, id: newId("wh"), url, description, events, secret },
    ...{ enabled: true, createdAt: now.toISOString() },
  };
  await insertWebhook(row);
  logSecurity("webhook-created", ctx, { webhook: row.id });
  return { webhook: viewWebhook(row, now), secret };
}
