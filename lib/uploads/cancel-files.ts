import { requirePermission } from "#lib/auth/permissions.ts";
import { getFileRows, updateFileRow } from "#lib/files/file.store.ts";
import { deleteFileObjects } from "#lib/files/object.store.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { statesWhere } from "#lib/kernel/file-states.ts";
import { recountFiles } from "#lib/transfers/recount-files.ts";
import { requireUploadable } from "#lib/transfers/require-open.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { abortMultipartUpload } from "./multipart.store.ts";
import type { CancelInput, CancelOutput } from "./upload-protocol.schema.ts";

/** A file may be removed in any state. */
const ANY = statesWhere((state) => state !== "removed");

/**
 * Removes files from a transfer that is not sealed: first the row is changed, then the bytes are deleted. Safe to
 * repeat.
 */
export async function cancelFiles(ctx: Ctx, input: CancelInput): Promise<CancelOutput> {
  const authorized = requirePermission(ctx, "transfer:write");
  const transfer = await getTransferRow(authorized, input.transferId);
  requireUploadable(transfer, ctx.clock.now());
  const rows = await getFileRows(transfer, [...new Set(input.ordinals)]);
  const cancelled = await mapConcurrently(rows, 8, async (row) => {
    const taken = await updateFileRow(row, ANY, { state: "cancelled" });
    if (taken && row.uploadId) await abortMultipartUpload(row, row.uploadId);
    return taken ? row : undefined;
  });
  const files = cancelled.filter((row) => row !== undefined);
  await deleteFileObjects(files);
  await recountFiles(transfer);
  return { cancelled: files.length };
}
