import { requirePermission } from "#lib/auth/permissions.ts";
import type { FileView, Page } from "#lib/files/file.schema.ts";
import { type FileRow, listFileRows } from "#lib/files/file.store.ts";
import { viewFile } from "#lib/files/file.view.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { summariseFiles } from "./summarise-files.ts";
import { TransferRef, type TransferView } from "./transfer.schema.ts";
import { getTransferRow, type TransferRow } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/** A transfer's header and a page of its files. */
export async function getTransfer(
  ctx: Ctx,
  input: TransferRef & { cursor?: string | undefined },
): Promise<{ transfer: TransferView; files: Page<FileView> }> {
  const authorized = requirePermission(ctx, "transfer:read");
  const row = await getTransferRow(authorized, TransferRef.parse(input).id);
  const { transfer, files } = await lookAt(row, ctx.clock.now(), input.cursor);
  return { transfer, files: { ...files, items: files.items.map(viewFile) } };
}

/** A transfer as it is shown, with a page of its files. */
export async function lookAt(
  row: TransferRow,
  now: Date,
  cursor?: string,
): Promise<{ transfer: TransferView; files: Page<FileRow> }> {
  const files = await listFileRows(row, cursor);
  return { transfer: viewTransfer(row, now, await summariseFiles(row, cursor, files)), files };
}
