import { requirePermission } from "#lib/auth/permissions.ts";
import type { FileView, Page } from "#lib/files/file.schema.ts";
import { listFileRows } from "#lib/files/file.store.ts";
import { viewFile } from "#lib/files/file.view.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { summariseFiles } from "./summarise-files.ts";
import { TransferRef, type TransferView } from "./transfer.schema.ts";
import { getTransferRow } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/** A transfer's header and a page of its files. */
export async function getTransfer(
  ctx: Ctx,
  input: TransferRef & { cursor?: string | undefined },
): Promise<{ transfer: TransferView; files: Page<FileView> }> {
  const authorized = requirePermission(ctx, "transfer:read");
  const row = await getTransferRow(authorized, TransferRef.parse(input).id);
  const files = await listFileRows(row, input.cursor);
  const seen = await summariseFiles(row, input.cursor, files);
  return { transfer: viewTransfer(row, ctx.clock.now(), seen), files: { ...files, items: files.items.map(viewFile) } };
}
