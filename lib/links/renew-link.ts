import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { TransferRef, type TransferView } from "#lib/transfers/transfer.schema.ts";
import { getTransferRow, raiseLinkVersion } from "#lib/transfers/transfer.store.ts";
import { viewTransfer } from "#lib/transfers/transfer.view.ts";

/** Replaces a transfer's link: tokens made before are refused from now on. */
export async function renewLink(ctx: Ctx, input: TransferRef): Promise<TransferView> {
  const grant = requirePermission(ctx, "transfer:write");
  const { id } = TransferRef.parse(input);
  const row = await getTransferRow(grant, id);
  return viewTransfer(await raiseLinkVersion(row), ctx.clock.now());
}
