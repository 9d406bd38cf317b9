import type { EntityItem } from "electrodb";
import { conditionalWrite } from "#lib/db/conditional-write.ts";
import { db } from "#lib/db/service.ts";
import type { MailEntity } from "./mail.entity.ts";

type MailRow = EntityItem<typeof MailEntity>;
type MailKey = Pick<MailRow, "workspaceId" | "transferId" | "name">;

/** Longer than a function that sends may run. */
const LEASE_MS = 16 * 60_000;

/** The mail is this caller's to send, or what has become of it. */
export type Claim = { claimed: true; attempts: number } | { claimed: false; row: MailRow };

/** Takes a mail that nobody sends at the moment and nobody has sent. */
export async function claimMail(key: MailKey, now: Date): Promise<Claim> {
  const { mail } = db().entities;
  const outcome = await conditionalWrite(() =>
    mail
      .update(key)
      .set({ state: "sending", leasedUntil: new Date(now.getTime() + LEASE_MS).toISOString() })
      .add({ attempts: 1 })
      .where(
        (at, is) =>
          `${is.notExists(at.state)} OR (${is.eq(at.state, "sending")} AND ${is.lte(at.leasedUntil, now.toISOString())})`,
      )
      .go({ response: "all_new" }),
  );
  if (outcome.held) return { claimed: true, attempts: outcome.answer.data.attempts ?? 1 };
  const { data: row } = await mail.get(key).go();
  if (!row) throw new Error(`The mail ${key.name} was forgotten while it was claimed.`);
  return { claimed: false, row };
}

export async function noteSent(key: MailKey, messageId: string, now: Date): Promise<void> {
  await db().entities.mail.patch(key).set({ state: "sent", messageId, sentAt: now.toISOString() }).go();
}

export async function noteRefused(key: MailKey, problem: string): Promise<void> {
  await db().entities.mail.patch(key).set({ state: "refused", problem }).go();
}

/** It was not sent: whoever comes next may try, and this try does not count. */
export async function releaseMail(key: MailKey, now: Date): Promise<void> {
  await db().entities.mail.patch(key).set({ leasedUntil: now.toISOString() }).add({ attempts: -1 }).go();
}
