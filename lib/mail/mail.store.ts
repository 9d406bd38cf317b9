import type { EntityItem } from "electrodb";
import { conditionalWrite, conditionHeld } from "#lib/db/conditional-write.ts";
import { leaseFor, mayLease } from "#lib/db/lease.ts";
import { db } from "#lib/db/service.ts";
import { randomToken } from "#lib/kernel/id.ts";
import type { MailEntity } from "./mail.entity.ts";

type MailRow = EntityItem<typeof MailEntity>;
type MailKey = Pick<MailRow, "workspaceId" | "transferId" | "name">;

/** Longer than a function that sends may run. */
const LEASE_MS = 16 * 60_000;

/** The caller has the lease of the mail, named by `token`; or else what has become of the mail. */
export type MailLease = { acquired: true; token: string; attempts: number } | { acquired: false; row: MailRow };

/** Acquires the lease of a mail that nobody has sent and nobody is sending. */
export async function acquireMailLease(key: MailKey, now: Date): Promise<MailLease> {
  const { mail } = db().entities;
  const token = randomToken();
  const outcome = await conditionalWrite(() =>
    mail
      .update(key)
      .set({ state: "sending", ...leaseFor(token, now, LEASE_MS) })
      .add({ attempts: 1 })
      .where(
        (at, is) => `(${is.notExists(at.state)} OR ${is.eq(at.state, "sending")}) AND ${mayLease(at, is, token, now)}`,
      )
      .go({ response: "all_new" }),
  );
  if (outcome.held) return { acquired: true, token, attempts: outcome.answer.data.attempts ?? 1 };
  const { data: row } = await mail.get(key).go();
  if (!row) throw new Error(`The mail ${key.name} was forgotten while it was to be sent.`);
  return { acquired: false, row };
}

export async function noteSent(key: MailKey, messageId: string, now: Date): Promise<void> {
  await db().entities.mail.patch(key).set({ state: "sent", messageId, sentAt: now.toISOString() }).go();
}

export async function noteRefused(key: MailKey, problem: string): Promise<void> {
  await db().entities.mail.patch(key).set({ state: "refused", problem }).go();
}

/** It was not sent: whoever comes next may try, and this try does not count. */
export async function releaseMailLease(key: MailKey, token: string, now: Date): Promise<void> {
  await conditionHeld(() =>
    db()
      .entities.mail.patch(key)
      .set({ leasedUntil: now.toISOString() })
      .add({ attempts: -1 })
      .where((at, is) => is.eq(at.leasedBy, token))
      .go(),
  );
}
