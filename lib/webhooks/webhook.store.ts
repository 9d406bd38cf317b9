import { randomBytes } from "node:crypto";
import type { EntityItem } from "electrodb";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import { WEBHOOK_EVENTS } from "#lib/kernel/webhook-events.ts";
import type { WebhookEntity } from "./webhook.entity.ts";
import { WebhookNotFound } from "./webhook.errors.ts";
import type { WebhookState, WebhookView } from "./webhook.schema.ts";

export type WebhookRow = EntityItem<typeof WebhookEntity>;

/** Bytes of a secret; Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

export const newSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;

export async function insertWebhook(row: WebhookRow): Promise<void> {
  await db().entities.webhook.create(row).go();
}

/** The oldest first. */
export async function listWebhookRows(workspaceId: string): Promise<WebhookRow[]> {
  const { data } = await db().entities.webhook.query.inWorkspace({ workspaceId }).go({ pages: "all" });
  return data.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

export async function findWebhookRow(workspaceId: string, id: string): Promise<WebhookRow | undefined> {
  return (await db().entities.webhook.get({ workspaceId, id }).go({ consistent: true })).data ?? undefined;
}

export async function getWebhookRow(workspaceId: string, id: string): Promise<WebhookRow> {
  const row = await findWebhookRow(workspaceId, id);
  if (!row) throw new WebhookNotFound();
  return row;
}

type Changes = Partial<
  Pick<WebhookRow, "url" | "description" | "events" | "enabled" | "secret" | "previousSecret" | "previousUntil">
>;

/** `resumed` forgets that the receiver was gone or failing. Throws WebhookNotFound when it was deleted meanwhile. */
export async function updateWebhook(row: WebhookRow, changes: Changes, { resumed = false } = {}): Promise<WebhookRow> {
  const { workspaceId, id } = row;
  const written = await conditionHeld(() => {
    const patch = db().entities.webhook.patch({ workspaceId, id }).set(changes);
    return (resumed ? patch.remove(["goneAt", "failingSince"]) : patch).go();
  });
  if (!written) throw new WebhookNotFound();
  const { goneAt, failingSince, ...rest } = row;
  return {
    ...rest,
    ...(resumed ? {} : { ...(goneAt ? { goneAt } : {}), ...(failingSince ? { failingSince } : {}) }),
    ...changes,
  };
}

/** Writes how its receiver fares; one that was deleted meanwhile stays deleted. */
export async function noteReceiver(row: WebhookRow, how: "delivered" | "failing" | "gone", at: string): Promise<void> {
  const { workspaceId, id } = row;
  const patch = () => db().entities.webhook.patch({ workspaceId, id });
  if (how === "delivered" && row.failingSince) await conditionHeld(() => patch().remove(["failingSince"]).go());
  if (how === "failing" && !row.failingSince) await conditionHeld(() => patch().set({ failingSince: at }).go());
  if (how === "gone") await conditionHeld(() => patch().set({ goneAt: at }).go());
}

export async function deleteWebhookRow(workspaceId: string, id: string): Promise<void> {
  await db().entities.webhook.delete({ workspaceId, id }).go();
}

export function webhookState({ enabled, goneAt, failingSince }: WebhookRow): WebhookState {
  if (!enabled) return "paused";
  if (goneAt) return "gone";
  return failingSince ? "failing" : "active";
}

/** Whether anything is sent to it. */
export const isOn = (row: WebhookRow): boolean => row.enabled && !row.goneAt;

export function viewWebhook(row: WebhookRow, now: Date): WebhookView {
  const { id, url, description, events, createdAt, failingSince, previousUntil } = row;
  return {
    ...{ id, url, description, createdAt, state: webhookState(row) },
    // A set has no order of its own.
    events: WEBHOOK_EVENTS.filter((event) => events.includes(event)),
    ...(failingSince ? { failingSince } : {}),
    ...(previousUntil && previousUntil > now.toISOString() ? { previousSecretUntil: previousUntil } : {}),
  };
}
