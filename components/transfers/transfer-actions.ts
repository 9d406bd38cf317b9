import type { Result } from "#lib/kernel/result.ts";
import type { EditTransfer, ExtendTransfer, TransferRef, TransferView } from "#lib/transfers/transfer.schema.ts";

type Action<I> = (input: I) => Promise<Result<TransferView>>;

/** The server actions that lists and pages of transfers are given. */
export type TransferActions = {
  editTransfer: Action<EditTransfer>;
  extendTransfer: Action<ExtendTransfer>;
  deleteTransfer: Action<TransferRef>;
  restoreTransfer: Action<TransferRef>;
  purgeTransfer: Action<TransferRef>;
  renewLink: Action<TransferRef>;
};
