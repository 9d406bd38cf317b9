import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireOpen } from "#lib/transfers/require-open.ts";
import { TransferRef } from "#lib/transfers/transfer.schema.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import type { DownloadList } from "./download.schema.ts";
import { listForDownload } from "./list-for-download.ts";

/** As `listDownloads`, for the workspace's members, to whom no limit applies. */
export async function listMemberDownloads(ctx: Ctx, input: { id: string; from: number }): Promise<DownloadList> {
  const authorized = requirePermission(ctx, "transfer:read");
  const transfer = await getTransferRow(authorized, TransferRef.parse({ id: input.id }).id);
  requireOpen(transfer, ctx.clock.now());
  return listForDownload(transfer, input.from);
}
