import { visibleName } from "#lib/kernel/safe-text.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";

/** What a transfer is called on pages: marks that would turn the reading direction around are made visible. */
export const nameOf = (transfer: Pick<TransferView, "name">): string => visibleName(transfer.name);
