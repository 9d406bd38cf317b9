import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { wasDownloaded } from "#lib/mail/mails.ts";
import { findTransferRow } from "#lib/transfers/transfer.store.ts";
import { findDeliveryRow } from "./delivery.store.ts";
import { displayName } from "./delivery.view.ts";
import { mailSender } from "./mail-sender.ts";
import { pageOf, toMailedTransfer } from "./mailed-transfer.ts";
import { ANYONE_WITH_LINK } from "./note-opened.ts";

/** Mails the sender about a recipient's first download, once. `who` is a delivery's id, or ANYONE_WITH_LINK. */
export async function mailFirstDownload(ctx: Ctx, input: { transferId: string; who: string }): Promise<void> {
  const { workspaceId } = requireSystem(ctx);
  const transfer = await findTransferRow(workspaceId, input.transferId);
  if (!transfer || transfer.state === "deleted" || transfer.purgedAt) return;
  const delivery = input.who === ANYONE_WITH_LINK ? undefined : await findDeliveryRow(transfer, input.who);
  if (!delivery && input.who !== ANYONE_WITH_LINK) return;
  const who = delivery ? displayName(delivery) : "Someone with the link";
  const at = delivery?.downloadedAt ?? ctx.clock.now().toISOString();
  await mailSender(ctx, transfer, `downloaded#${input.who}`, (origin) =>
    wasDownloaded(toMailedTransfer(transfer), { who, at, url: pageOf(transfer, origin) }),
  );
}
