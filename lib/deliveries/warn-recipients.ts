import { requireSystem } from "#lib/auth/permissions.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { endsSoon, endsSoonForSender } from "#lib/mail/mails.ts";
import { sendMail } from "#lib/mail/send-mail.ts";
import { findSenderAddress } from "#lib/members/find-sender-address.ts";
import { WARNING_MS } from "#lib/transfers/deadline.store.ts";
import { scheduleDeadlines } from "#lib/transfers/schedule-deadlines.ts";
import { findTransferRow, type TransferRow } from "#lib/transfers/transfer.store.ts";
import { stateAt } from "#lib/transfers/transfer.view.ts";
import { noteOnce } from "./activity.store.ts";
import { urlOf } from "./announce-transfer.ts";
import { listDeliveryRows } from "./delivery.store.ts";
import { displayName } from "./delivery.view.ts";
import { mailSender } from "./mail-sender.ts";
import { pageOf, readTransferForMail } from "./mailed-transfer.ts";

/** A schedule may fire a little early. */
const SLACK_MS = 60_000;

/**
 * Called 24 hours before a transfer's end: mails the sender, and the recipients who were mailed and have not
 * downloaded. Reads the transfer again: an extended one gets a new schedule instead.
 */
export async function warnRecipients(ctx: Ctx, input: { transferId: string }): Promise<void> {
  const { workspaceId } = requireSystem(ctx);
  const transfer = await findTransferRow(workspaceId, input.transferId);
  if (!transfer?.origin || transfer.purgedAt) return;
  const now = ctx.clock.now();
  const state = stateAt(transfer, now);
  if (state !== "sealed" && state !== "ready") return;
  if (Date.parse(transfer.expiresAt) - now.getTime() > WARNING_MS + SLACK_MS) {
    await scheduleDeadlines(ctx, input);
    return;
  }
  const { about } = await readTransferForMail(transfer);
  if (about.fileCount > 0) await warn(ctx, transfer, transfer.origin, about);
}

async function warn(
  ctx: Ctx,
  transfer: TransferRow,
  origin: string,
  about: Parameters<typeof endsSoon>[0],
): Promise<void> {
  const rows = (await listDeliveryRows(transfer)).filter((row) => !row.revokedAt && !row.downloadedAt);
  const { replyTo } = await findSenderAddress(ctx, { memberId: transfer.senderId });
  const { workspaceId, id: transferId, expiresAt } = transfer;
  const mailed = rows.filter(({ state }) => state === "mailed");
  await mapConcurrently(mailed, 2, async (row) => {
    const { outcome } = await sendMail(ctx, {
      transferId,
      name: `warning#${row.id}#${expiresAt}`,
      to: row.email,
      fromName: transfer.senderName,
      replyTo,
      content: endsSoon(about, { name: row.name, url: urlOf(origin, row) }),
      tags: { delivery: row.id, round: String(row.round) },
    });
    const at = ctx.clock.now();
    if (outcome === "sent")
      await noteOnce({ workspaceId, transferId, kind: "warned", who: row.id, name: displayName(row), at });
  });
  await mailSender(ctx, transfer, `warning#sender#${expiresAt}`, () =>
    endsSoonForSender(about, { missing: rows.map(displayName), url: pageOf(transfer, origin) }),
  );
}
