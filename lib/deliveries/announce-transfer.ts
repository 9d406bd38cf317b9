import { requireSystem } from "#lib/auth/permissions.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { linkPath } from "#lib/links/link.store.ts";
import { filesForYou, type MailedTransfer } from "#lib/mail/mails.ts";
import { type MailOutcome, sendMail } from "#lib/mail/send-mail.ts";
import { findSenderAddress } from "#lib/members/find-sender-address.ts";
import { findTransferRow, type TransferRow } from "#lib/transfers/transfer.store.ts";
import { stateAt } from "#lib/transfers/transfer.view.ts";
import { noteOnce } from "./activity.store.ts";
import { type DeliveryRow, listDeliveryRows, noteDelayed, noteMailed } from "./delivery.store.ts";
import { displayName } from "./delivery.view.ts";
import { readTransferForMail } from "./mailed-transfer.ts";
import { noteUndeliverable } from "./note-undeliverable.ts";

/** Mails in parallel. A new account may send one per second; SES throttles faster sending. */
const CONCURRENCY = 2;

/**
 * `done` when no recipient waits any more, `waiting` when it is too early, `failed` when mail can't be sent; with a
 * sentence, and how many recipients were mailed.
 */
export type Announcement = { outcome: "done" | "waiting" | "failed"; sentence: string; mailed?: number };

/**
 * Mails each waiting recipient once, when the transfer is sealed and all of its files are checked. May be called at any
 * time and any number of times.
 */
export async function announceTransfer(ctx: Ctx, input: { transferId: string }): Promise<Announcement> {
  const { workspaceId } = requireSystem(ctx);
  const transfer = await findTransferRow(workspaceId, input.transferId);
  if (!transfer || transfer.purgedAt) return { outcome: "done", sentence: "The transfer is gone; nobody is mailed." };
  const state = stateAt(transfer, ctx.clock.now());
  if (state === "deleted" || state === "expired")
    return { outcome: "done", sentence: `The transfer is ${state}; nobody is mailed.` };
  if (state !== "sealed" && state !== "ready") {
    return {
      outcome: "waiting",
      sentence: "The sender has not finished the transfer. Recipients are mailed when all of it is there.",
    };
  }
  const waiting = (await listDeliveryRows(transfer)).filter((row) => row.state === "waiting" && !row.revokedAt);
  if (waiting.length === 0) return { outcome: "done", sentence: "No recipient waits for a mail." };
  const { about, pending } = await readTransferForMail(transfer);
  if (pending > 0)
    return {
      outcome: "waiting",
      sentence: `Recipients are mailed when the other ${pending === 1 ? "file is" : `${pending} files are`} checked.`,
    };
  if (about.fileCount === 0)
    return { outcome: "done", sentence: "None of its files can be handed out, so nobody was mailed." };
  const { replyTo } = await findSenderAddress(ctx, { memberId: transfer.senderId });
  const outcomes = await mapConcurrently(waiting, CONCURRENCY, (row) =>
    mailRecipient(ctx, { transfer, about, row, replyTo }),
  );
  return summarise(outcomes);
}

type Mailing = { transfer: TransferRow; about: MailedTransfer; row: DeliveryRow; replyTo: string | undefined };

async function mailRecipient(ctx: Ctx, { transfer, about, row, replyTo }: Mailing): Promise<MailOutcome> {
  const { origin, workspaceId, id: transferId } = transfer;
  const outcome: MailOutcome = origin
    ? await sendMail(ctx, {
        transferId,
        name: `files#${row.id}#${row.round}`,
        to: row.email,
        fromName: transfer.senderName,
        replyTo,
        content: filesForYou(about, { name: row.name, url: urlOf(origin, row) }),
        tags: { delivery: row.id, round: String(row.round) },
      })
    : { outcome: "postponed", problem: "Where this Dormouse is reached is not known yet. Mail this recipient again." };
  const at = ctx.clock.now();
  if (outcome.outcome === "sent") {
    if (await noteMailed(row, at.toISOString()))
      await noteOnce({ workspaceId, transferId, kind: "mailed", who: row.id, name: displayName(row), at });
  } else if (outcome.outcome === "refused") {
    await noteUndeliverable(ctx, { transfer, delivery: row, problem: outcome.problem });
  } else if (outcome.outcome === "postponed") {
    await noteDelayed(row, outcome.problem);
  }
  return outcome;
}

/** The full URL of a recipient's own link. */
export const urlOf = (origin: string, row: Pick<DeliveryRow, "linkId" | "linkVersion">): string =>
  origin + linkPath({ id: row.linkId, version: row.linkVersion });

function summarise(outcomes: MailOutcome[]): Announcement {
  const count = (outcome: MailOutcome["outcome"]) => outcomes.filter((one) => one.outcome === outcome).length;
  const people = (number: number) => (number === 1 ? "1 recipient" : `${number} recipients`);
  const postponed = outcomes.find((one) => one.outcome === "postponed");
  if (postponed && "problem" in postponed) {
    const sentence = `${people(count("postponed"))} could not be mailed. ${postponed.problem}`;
    return { outcome: "failed", sentence, mailed: count("sent") };
  }
  const parts = [
    ...(count("sent") > 0 ? [`Mailed ${people(count("sent"))}.`] : []),
    ...(count("refused") > 0 ? [`${people(count("refused"))} could not be mailed.`] : []),
    ...(count("under way") > 0 ? [`Another step is mailing ${people(count("under way"))}.`] : []),
  ];
  return { outcome: "done", sentence: parts.join(" "), mailed: count("sent") };
}
