import { listFileRows, viewFile } from "#lib/files/file.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { requireGuest } from "./require-guest.ts";
import type { GuestTransferView } from "./transfer.schema.ts";

/** What a guest sees of a transfer, with a page of its files. Throws TransferExpired or TransferDeleted. */
export async function collectTransfer(ctx: Ctx, input: { cursor?: string | undefined }): Promise<GuestTransferView> {
  const row = await requireGuest(ctx);
  const page = await listFileRows(row, input.cursor);
  const shown = page.items.filter((file) => file.state !== "cancelled" && file.state !== "failed");
  return {
    title: row.title,
    message: row.message,
    senderName: row.senderName,
    workspaceName: row.workspaceName,
    expiresAt: row.expiresAt,
    fileCount: row.fileCount,
    bytes: row.bytes,
    complete: row.state === "ready",
    files: { ...page, items: shown.map(viewFile) },
  };
}
