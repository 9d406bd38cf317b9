import { invokeLater } from "#lib/adapters/invoke.ts";
import { resources } from "#lib/adapters/resources.ts";
import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { findMessageRow } from "./message.store.ts";
import type { MessageRef } from "./webhook.schema.ts";

/** Hands a message that waits to the function that sends. Safe to repeat. */
export async function sendWaitingMessage(ctx: Ctx, input: MessageRef): Promise<void> {
  const { workspaceId } = requireSystem(ctx);
  const { webhookId, id } = input;
  const row = await findMessageRow({ workspaceId, webhookId, id });
  if (row?.state === "waiting") await invokeLater(resources.webhooks.name, { workspaceId, webhookId, id });
}
