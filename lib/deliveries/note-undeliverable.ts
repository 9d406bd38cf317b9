import type { Ctx } from "#lib/kernel/ctx.ts";
import { notDelivered } from "#lib/mail/mails.ts";
import type { TransferRow } from "#lib/transfers/transfer.store.ts";
import { noteOnce } from "./activity.store.ts";
import { type DeliveryRow, noteBounced } from "./delivery.store.ts";
import { displayName } from "./delivery.view.ts";
import { mailSender } from "./mail-sender.ts";
import { pageOf, toMailedTransfer } from "./mailed-transfer.ts";

type Undeliverable = { transfer: TransferRow; delivery: DeliveryRow; problem: string };

/** Writes that a round's mail will not arrive, to the row and the activity, and mails the sender. Safe to repeat. */
export const noteUndeliverable = async (ctx: Ctx, { transfer, delivery, problem }: Undeliverable): Promise<void> => {
  if (!(await noteBounced(delivery, problem)) && delivery.state !== "bounced") return;
  const { workspaceId, id: transferId } = transfer;
  const at = ctx.clock.now();
  await noteOnce({
    workspaceId,
    transferId,
    kind: "bounced",
    who: delivery.id,
    name: displayName(delivery),
    note: problem,
    at,
  });
  await mailSender(ctx, transfer, `bounced#${delivery.id}#${delivery.round}`, (origin) =>
    notDelivered(toMailedTransfer(transfer), { email: delivery.email, problem, url: pageOf(transfer, origin) }),
  );
};
