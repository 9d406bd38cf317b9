import { requireSystem } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { wasDownloaded } from "#lib/mail/mails.ts";
import { findTransferRow } from "#lib/transfers/transfer.store.ts";
import { aboutTransfer, pageOf } from "./about-transfer.ts";
import { findDeliveryRow } from "./delivery.store.ts";
import { displayName } from "./delivery.view.ts";
import { mailSender } from "./mail-sender.ts";
import { ANYONE } from "./note-opened.ts";

/** Tells the sender of someone's first download, once; `who` is a delivery's id or anyone with the link. */
export async function tellSender(ctx: Ctx, input: { transferId: string; who: string }): Promise<void> {
  const { workspaceId } = requireSystem(ctx);
  const transfer = await findTransferRow(workspaceId, input.transferId);
  if (!transfer || transfer.state === "deleted" || transfer.purgedAt) return;
  const delivery = input.who === ANYONE ? undefined : await findDeliveryRow(transfer, input.who);
  if (!delivery && input.who !== ANYONE) return;
  const who = delivery ? displayName(delivery) : "Someone with the link";
  const at = delivery?.downloadedAt ?? ctx.clock.now().toISOString();
  await mailSender(ctx, transfer, `downloaded#${input.who}`, (origin) =>
    wasDownloaded(aboutTransfer(transfer), { who, at, url: pageOf(transfer, origin) }),
  );
}
