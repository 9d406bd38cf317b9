import type { Ctx } from "#lib/kernel/ctx.ts";
import type { MailContent } from "#lib/mail/content.ts";
import { type MailOutcome, sendMail } from "#lib/mail/send-mail.ts";
import { findSenderAddress } from "#lib/members/find-sender-address.ts";
import type { TransferRow } from "#lib/transfers/transfer.store.ts";

/** Mails the sender of a transfer, if they have given an address for notices. */
export const mailSender = async (
  ctx: Ctx,
  transfer: TransferRow,
  name: string,
  content: (origin: string) => MailContent,
): Promise<MailOutcome | undefined> => {
  if (!transfer.origin) return undefined;
  const { notices: to } = await findSenderAddress(ctx, { memberId: transfer.senderId });
  if (!to) return undefined;
  return sendMail(ctx, { transferId: transfer.id, name, to, fromName: "", content: content(transfer.origin) });
};
