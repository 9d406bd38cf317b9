import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { listMessageRows, type MessageRow, requeueMessage } from "./message.store.ts";
import { isOn, listWebhookRows } from "./webhook.store.ts";

/** What is late by this much was lost by whoever was to send it. */
const LATE_MS = 3600 * 1000;
const PAGE = 100;

/** Lets messages be sent whose time has passed without an attempt; returns how many. The sweep's part. */
export async function requeueOverdueMessages(ctx: Ctx, _input?: unknown): Promise<number> {
  const { workspaceId } = requireSystem(ctx);
  const due = new Date(ctx.clock.now().getTime() - LATE_MS).toISOString();
  const isLate = ({ state, createdAt, nextAttemptAt = createdAt }: MessageRow) =>
    (state === "waiting" || state === "trying") && nextAttemptAt < due;
  let requeued = 0;
  for (const webhook of (await listWebhookRows(workspaceId)).filter(isOn)) {
    let cursor: string | undefined;
    do {
      const page = await listMessageRows(webhook, { limit: PAGE, cursor });
      for (const row of page.items.filter(isLate)) {
        await requeueMessage(row);
        requeued++;
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  return requeued;
}
