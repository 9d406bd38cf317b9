import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { logSecurity } from "#lib/kernel/security-log.ts";
import { WebhookRef, type WebhookView } from "./webhook.schema.ts";
import { getWebhookRow, newSecret, updateWebhook, viewWebhook } from "./webhook.store.ts";

/** For so long the secret before signs as well, so that a receiver can be changed without a gap. */
const OVERLAP_MS = 24 * 3600 * 1000;

/** Gives a webhook a new secret, which is shown this once. Throws WebhookNotFound. */
export async function rotateWebhookSecret(
  ctx: Ctx,
  input: WebhookRef,
): Promise<{ webhook: WebhookView; secret: string }> {
  const { workspaceId } = requirePermission(ctx, "webhook:write");
  const row = await getWebhookRow(workspaceId, WebhookRef.parse(input).id);
  const now = ctx.clock.now();
  const secret = newSecret();
  const previousUntil = new Date(now.getTime() + OVERLAP_MS).toISOString();
  const rotated = await updateWebhook(row, { secret, previousSecret: row.secret, previousUntil });
  logSecurity("webhook-secret-rotated", ctx, { webhook: row.id });
  return { webhook: viewWebhook(rotated, now), secret };
}
