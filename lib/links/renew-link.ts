import { requirePermission } from "#lib/auth/permissions.ts";
import { db } from "#lib/db/service.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { TransferChanged } from "#lib/transfers/transfer.errors.ts";
import { TransferRef, type TransferView } from "#lib/transfers/transfer.schema.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { viewTransfer } from "#lib/transfers/transfer.view.ts";

/** Replaces a transfer's link: tokens made before are refused from now on. */
export async function renewLink(ctx: Ctx, input: TransferRef): Promise<TransferView> {
  const grant = requirePermission(ctx, "transfer:write");
  const { id } = TransferRef.parse(input);
  const row = await getTransferRow(grant, id);
  const version = row.linkVersion + 1;
  const written = await db()
    .transaction.write(({ link, transfer }) => [
      link
        .patch({ id: row.linkId })
        .set({ version })
        .where((at, is) => is.eq(at.version, row.linkVersion))
        .commit(),
      transfer
        .patch({ workspaceId: row.workspaceId, id })
        .set({ linkVersion: version })
        .where((at, is) => is.eq(at.linkVersion, row.linkVersion))
        .commit(),
    ])
    .go();
  if (written.canceled) throw new TransferChanged();
  return viewTransfer({ ...row, linkVersion: version }, ctx.clock.now());
}
