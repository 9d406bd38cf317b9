import { type Recipient, withoutDuplicates } from "#lib/kernel/address.ts";
import { findTransferRow, type TransferRow } from "#lib/transfers/transfer.store.ts";
import { DeliveryChanged } from "./delivery.errors.ts";
import { insertDeliveries } from "./delivery.store.ts";
import { newDeliveries } from "./new-deliveries.ts";

/** Two calls for one transfer take turns: each may be first twice, since forty are written at a time. */
const TRIES = 4;

/** Gives the recipients of a new transfer their links; of those of an earlier call, which are kept in order, only the rest. */
export async function addFirstRecipients(row: TransferRow, recipients: readonly Recipient[], now: Date): Promise<void> {
  const all = withoutDuplicates(recipients);
  for (let tries = 1, kept: TransferRow | undefined = row; kept && tries <= TRIES; tries++) {
    const position = kept.recipientCount ?? 0;
    if (await insertDeliveries(kept, newDeliveries(kept, all.slice(position), { position, now }))) return;
    kept = await findTransferRow(row.workspaceId, row.id);
  }
  throw new DeliveryChanged();
}
