import { requirePermission } from "#lib/auth/permissions.ts";
import type { Page } from "#lib/files/file.schema.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { listMessageRows, viewMessage } from "./message.store.ts";
import { ListMessages, type MessageView } from "./webhook.schema.ts";
import { getWebhookRow } from "./webhook.store.ts";

const PAGE = 20;

/** What was sent to a webhook in the last 30 days, with every attempt, the latest first. Throws WebhookNotFound. */
export async function listWebhookMessages(ctx: Ctx, input: ListMessages): Promise<Page<MessageView>> {
  const { workspaceId } = requirePermission(ctx, "webhook:write");
  const { id, cursor } = ListMessages.parse(input);
  const row = await getWebhookRow(workspaceId, id);
  const page = await listMessageRows(row, { limit: PAGE, cursor });
  return { ...page, items: page.items.map(viewMessage) };
}
