import type { Authorization } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireOpen } from "#lib/transfers/require-open.ts";
import { TransferRef } from "#lib/transfers/transfer.schema.ts";
import { getTransferRow, type TransferRow } from "#lib/transfers/transfer.store.ts";

/** A transfer whose files the member may download, and a function that reads it again with all earlier writes. */
export async function openToMember(
  authorized: Authorization,
  { clock }: Ctx,
  input: { id: string },
): Promise<{ transfer: TransferRow; lookAgain: () => Promise<TransferRow> }> {
  const { id } = TransferRef.parse({ id: input.id });
  const look = async (consistent: boolean) => {
    const row = await getTransferRow(authorized, id, { consistent });
    requireOpen(row, clock.now());
    return row;
  };
  return { transfer: await look(false), lookAgain: () => look(true) };
}
