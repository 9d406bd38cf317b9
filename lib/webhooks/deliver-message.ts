import { setTimeout as pause } from "node:timers/promises";
import { resources } from "#lib/adapters/resources.ts";
import { putSchedule } from "#lib/adapters/schedule.ts";
import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { attemptsOf, findMessageRow, leaseMessage, type MessageRow, writeOutcome } from "./message.store.ts";
import { ATTEMPT_MS, type Posted, postMessage } from "./post-message.ts";
import { retryDelay } from "./retries.ts";
import { signMessage } from "./sign-message.ts";
import type { AttemptView } from "./webhook.schema.ts";
import { findWebhookRow, isOn, noteReceiver, type WebhookRow } from "./webhook.store.ts";

/** A pause of this length is waited for; a longer one is a schedule, which Scheduler keeps to the minute. */
const SHORT_MS = 10_000;
/** Two attempts with the pause between them. */
const LEASE_MS = 2 * ATTEMPT_MS + SHORT_MS + 10_000;
/** How much earlier than the row says a schedule may come; one that is earlier still is of an older round. */
const EARLY_MS = 60_000;
const GONE = 410;

/**
 * Sends a message that is due to its webhook. After a failure it is sent again, soon by the same call and later by a
 * one-shot schedule. A repeated call sends nothing twice, unless the first ended before it could write down what it did.
 */
export async function deliverMessage(
  ctx: Ctx,
  input: { webhookId: string; id: string; token: string },
): Promise<MessageRow["state"] | undefined> {
  const { workspaceId } = requireSystem(ctx);
  const { webhookId, id, token } = input;
  const row = await findMessageRow({ workspaceId, webhookId, id });
  const now = ctx.clock.now();
  if (!row || !isDue(row, token, now)) return row?.state;
  if (!(await leaseMessage(row, token, now, LEASE_MS))) {
    // Lambda calls again when that is over.
    if (row.state === "waiting") throw new Error("An earlier round of this message is still being sent.");
    return row.state;
  }
  const attempts = attemptsOf(row);
  for (let tries = row.tries + 1; ; tries++) {
    const webhook = await findWebhookRow(workspaceId, webhookId);
    if (!webhook || !isOn(webhook)) return await end(row, "failed", { tries: tries - 1, attempts });
    const posted = await post(webhook, row, ctx.clock.now());
    attempts.push(posted.attempt);
    const { at } = posted.attempt;
    if (posted.delivered) {
      await noteReceiver(webhook, "delivered", at);
      return await end(row, "delivered", { tries, attempts });
    }
    const delay = retryDelay(tries);
    const gone = posted.attempt.status === GONE;
    if (gone || delay === undefined) {
      await noteReceiver(webhook, gone ? "gone" : "failing", at);
      return await end(row, "failed", { tries, attempts });
    }
    if (delay > SHORT_MS) return await tryLater(row, { tries, attempts }, new Date(ctx.clock.now().getTime() + delay));
    await pause(delay);
  }
}

/** A message whose call ended in the middle is due for the same call. */
function isDue({ state, nextAttemptAt = "", leasedBy }: MessageRow, token: string, now: Date): boolean {
  if (state === "waiting" || leasedBy === token) return true;
  return state === "trying" && nextAttemptAt <= new Date(now.getTime() + EARLY_MS).toISOString();
}

async function post(
  webhook: WebhookRow,
  { id, payload }: MessageRow,
  now: Date,
): Promise<Posted & { attempt: AttemptView }> {
  const { url, secret, previousSecret, previousUntil = "" } = webhook;
  const secrets = [secret, ...(previousSecret && previousUntil > now.toISOString() ? [previousSecret] : [])];
  const headers = signMessage({ id, timestamp: now, body: payload, secrets });
  const posted = await postMessage(url, { headers, body: payload });
  const { ms, status, error } = posted;
  const attempt: AttemptView = {
    ...{ at: now.toISOString(), ms },
    ...(status === undefined ? {} : { status }),
    ...(error ? { error } : {}),
  };
  return { ...posted, attempt };
}

type Tried = { tries: number; attempts: AttemptView[] };

async function end(row: MessageRow, state: "delivered" | "failed", tried: Tried): Promise<MessageRow["state"]> {
  await writeOutcome(row, { state, ...tried });
  return state;
}

/** The schedule comes first: without it nobody would look at the row again before the sweep. */
async function tryLater(row: MessageRow, tried: Tried, at: Date): Promise<MessageRow["state"]> {
  const { workspaceId, webhookId, id } = row;
  await putSchedule(id, resources.webhooks, { workspaceId, webhookId, id }, at);
  await writeOutcome(row, { state: "trying", ...tried, nextAttemptAt: at.toISOString() });
  return "trying";
}
