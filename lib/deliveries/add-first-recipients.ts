import { type Recipient, withoutDuplicates } from "#lib/kernel/address.ts";
import { findTransferRow, type TransferRow } from "#lib/transfers/transfer.store.ts";
import { DeliveryChanged } from "./delivery.errors.ts";
import { insertDeliveries } from "./delivery.store.ts";
import { newDeliveries } from "./new-deliveries.ts";

/** Attempts, because two calls for one transfer may each write a transaction of forty rows first. */
const TRIES = 4;

/**
 * Creates the deliveries of a new transfer's recipients. After an earlier call only those that it did not write, in the
 * same order.
 */
export async function addFirstRecipients(row: TransferRow, recipients: readonly Recipient[], now: Date): Promise<void> {
  const all = withoutDuplicates(recipients);
  for (let tries = 1, kept: TransferRow | undefined = row; kept && tries <= TRIES; tries++) {
    const position = kept.recipientCount ?? 0;
    if (await insertDeliveries(kept, newDeliveries(kept, all.slice(position), { position, now }))) return;
    kept = await findTransferRow(row.workspaceId, row.id);
  }
  throw new DeliveryChanged();
}
