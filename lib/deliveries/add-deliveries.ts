import { requirePermission } from "#lib/auth/permissions.ts";
import { MAX_RECIPIENTS, sameAddress, withoutDuplicates } from "#lib/kernel/address.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireOpen } from "#lib/transfers/require-open.ts";
import { getTransferRow, updateTransfer } from "#lib/transfers/transfer.store.ts";
import { DeliveryChanged, RecipientsKnown, TooManyRecipients } from "./delivery.errors.ts";
import { AddDeliveries, type DeliveryView } from "./delivery.schema.ts";
import { insertDeliveries, listDeliveryRows } from "./delivery.store.ts";
import { viewDelivery } from "./delivery.view.ts";
import { newDeliveries } from "./new-deliveries.ts";

const TRIES = 3;

export type AddedDeliveries = {
  deliveries: DeliveryView[];
  added: number;
  /** Those of the named people who were recipients before: they are not mailed again. */
  known: string[];
};

/**
 * Adds recipients to a transfer. They are mailed when the transfer is sealed and its files are checked; the table's
 * stream reports the new rows. Throws RecipientsKnown when all of them are recipients already, TooManyRecipients,
 * TransferExpired, TransferDeleted.
 */
export async function addDeliveries(ctx: Ctx, input: AddDeliveries): Promise<AddedDeliveries> {
  const authorized = requirePermission(ctx, "transfer:write");
  const { transferId, recipients } = AddDeliveries.parse(input);
  const wanted = withoutDuplicates(recipients);
  for (let tries = 0; tries < TRIES; tries++) {
    const transfer = await getTransferRow(authorized, transferId);
    const now = ctx.clock.now();
    requireOpen(transfer, now);
    const rows = await listDeliveryRows(transfer);
    const there = new Set(rows.map(({ email }) => sameAddress(email)));
    const fresh = wanted.filter(({ email }) => !there.has(sameAddress(email)));
    const known = wanted.filter(({ email }) => there.has(sameAddress(email))).map(({ email }) => email);
    if (fresh.length === 0) throw new RecipientsKnown(known);
    if (rows.length + fresh.length > MAX_RECIPIENTS) throw new TooManyRecipients(MAX_RECIPIENTS, rows.length);
    if (!transfer.origin && ctx.origin) await updateTransfer(transfer, { origin: ctx.origin });
    const added = newDeliveries(transfer, fresh, { position: rows.length, now });
    if (await insertDeliveries(transfer, added)) {
      return { deliveries: [...rows, ...added].map((row) => viewDelivery(row)), added: added.length, known };
    }
  }
  throw new DeliveryChanged();
}
