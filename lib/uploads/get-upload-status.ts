import { requirePermission } from "#lib/auth/permissions.ts";
import { type FileRow, getFileRow, listFileRows } from "#lib/files/file.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { stateAt } from "#lib/transfers/transfer.view.ts";
import { reconcileUpload } from "./reconcile-upload.ts";
import type { StatusInput, StatusOutput } from "./upload-protocol.schema.ts";

/** How much of an upload has arrived, by the table and S3, so that any device can continue it. */
export async function getUploadStatus(ctx: Ctx, input: StatusInput): Promise<StatusOutput> {
  const authorized = requirePermission(ctx, "transfer:write");
  const row = await getTransferRow(authorized, input.transferId);
  const transfer = { state: stateAt(row, ctx.clock.now()), nextOrdinal: row.nextOrdinal };
  if (input.ordinal === undefined) {
    const page = await listFileRows(row, input.cursor);
    return { transfer, files: page.items.map(describe), ...(page.cursor ? { cursor: page.cursor } : {}) };
  }
  const { file, parts } = await reconcileUpload(await getFileRow(row, input.ordinal), ctx.clock.now());
  return {
    transfer,
    files: [describe(file)],
    parts: parts.map((part) => ({
      part: part.PartNumber ?? 0,
      size: part.Size ?? 0,
      crc64: part.ChecksumCRC64NVME ?? "",
    })),
  };
}

const describe = (row: FileRow): StatusOutput["files"][number] => ({
  ordinal: row.ordinal,
  path: row.path,
  size: row.size,
  ...(row.lastModified === undefined ? {} : { lastModified: row.lastModified }),
  state: row.state,
  partSize: row.partSize,
});
