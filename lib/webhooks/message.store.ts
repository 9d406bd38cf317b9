import type { EntityItem } from "electrodb";
import { conditionHeld } from "#lib/db/conditional-write.ts";
import { leaseFor, mayLease } from "#lib/db/lease.ts";
import { db } from "#lib/db/service.ts";
import type { Page } from "#lib/files/file.schema.ts";
import { InvalidInput } from "#lib/kernel/errors.ts";
import { epochSeconds } from "#lib/kernel/time.ts";
import type { WebhookMessageEntity } from "./message.entity.ts";
import { MessageNotFound } from "./webhook.errors.ts";
import type { AttemptView, MessageView } from "./webhook.schema.ts";

export type MessageRow = EntityItem<typeof WebhookMessageEntity>;
type Key = Pick<MessageRow, "workspaceId" | "webhookId" | "id">;

const KEPT_SECONDS = 30 * 24 * 3600;
/** Attempts that are kept of a message: resending goes on for as long as somebody presses. */
const KEPT_ATTEMPTS = 20;

const keyOf = ({ workspaceId, webhookId, id }: Key): Key => ({ workspaceId, webhookId, id });

/** Writes a message that waits to be sent; one that is there already stays as it is. */
export async function insertMessage(
  message: Key & Pick<MessageRow, "type" | "payload">,
  now: Date,
): Promise<MessageRow> {
  const row: MessageRow = {
    ...message,
    ...{ state: "waiting", round: 1, tries: 0, attempts: [], createdAt: now.toISOString() },
    expires: epochSeconds(now) + KEPT_SECONDS,
  };
  await conditionHeld(() => db().entities.webhookMessage.create(row).go());
  return row;
}

export async function findMessageRow(key: Key): Promise<MessageRow | undefined> {
  return (await db().entities.webhookMessage.get(keyOf(key)).go({ consistent: true })).data ?? undefined;
}

export async function getMessageRow(key: Key): Promise<MessageRow> {
  const row = await findMessageRow(key);
  if (!row) throw new MessageNotFound();
  return row;
}

/** The latest first. */
export async function listMessageRows(
  of: { workspaceId: string; id: string },
  options: { limit: number; cursor?: string | undefined },
): Promise<Page<MessageRow>> {
  const page = await db()
    .entities.webhookMessage.query.newest({ workspaceId: of.workspaceId, webhookId: of.id })
    .go({ order: "desc", limit: options.limit, cursor: options.cursor ?? null })
    .catch((error: unknown) => {
      if (options.cursor) throw new InvalidInput("This page of the list can't be opened. Start from its beginning.");
      throw error;
    });
  return { items: page.data, ...(page.cursor ? { cursor: page.cursor } : {}) };
}

/** Lets a message be sent from the beginning: the stream sees the new round. Throws MessageNotFound. */
export async function requeueMessage(row: MessageRow): Promise<MessageRow> {
  const changes = { state: "waiting" as const, round: row.round + 1, tries: 0 };
  const written = await conditionHeld(() =>
    db()
      .entities.webhookMessage.patch(keyOf(row))
      .set(changes)
      .remove(["nextAttemptAt"])
      .where((at, is) => is.eq(at.round, row.round))
      .go(),
  );
  // Somebody else has done the same meanwhile.
  if (!written) return await getMessageRow(row);
  const { nextAttemptAt: _, ...rest } = row;
  return { ...rest, ...changes };
}

/**
 * Makes the caller `token` the only one that sends the message, for `ms` milliseconds. False when another does, or when it
 * is not to be sent any more.
 */
export async function leaseMessage(row: MessageRow, token: string, now: Date, ms: number): Promise<boolean> {
  const lease = leaseFor(token, now, ms);
  return await conditionHeld(() =>
    db()
      .entities.webhookMessage.patch(keyOf(row))
      .set({ state: "trying", nextAttemptAt: lease.leasedUntil, ...lease })
      .where(
        (at, is) =>
          `${mayLease(at, is, token, now)} AND ${is.eq(at.round, row.round)} AND (${is.eq(at.state, "waiting")} OR ${is.eq(at.state, "trying")})`,
      )
      .go(),
  );
}

type Outcome = Pick<MessageRow, "state" | "tries"> & { attempts: AttemptView[]; nextAttemptAt?: string };

/** Writes what came of attempts, and gives the lease back. In a newer round only the attempts are kept. */
export async function writeOutcome(row: MessageRow, { nextAttemptAt, ...outcome }: Outcome): Promise<void> {
  const attempts = outcome.attempts.slice(-KEPT_ATTEMPTS);
  const patch = () => db().entities.webhookMessage.patch(keyOf(row));
  const held = await conditionHeld(() =>
    patch()
      .set({ ...outcome, attempts, ...(nextAttemptAt ? { nextAttemptAt } : {}) })
      .remove(["leasedBy", "leasedUntil", ...(nextAttemptAt ? [] : (["nextAttemptAt"] as const))])
      .where((at, is) => is.eq(at.round, row.round))
      .go(),
  );
  if (!held) await conditionHeld(() => patch().set({ attempts }).remove(["leasedBy", "leasedUntil"]).go());
}

/** The attempts that were written down, the oldest first. */
export const attemptsOf = ({ attempts }: MessageRow): AttemptView[] =>
  attempts.map(({ at, ms, status, error }) => ({
    ...{ at, ms },
    ...(status === undefined ? {} : { status }),
    ...(error ? { error } : {}),
  }));

export function viewMessage(row: MessageRow): MessageView {
  const { id, type, state, createdAt, nextAttemptAt } = row;
  return {
    ...{ id, type, state, createdAt },
    ...(nextAttemptAt && state === "trying" ? { nextAttemptAt } : {}),
    attempts: attemptsOf(row),
  };
}
