import { requirePermission } from "#lib/auth/permissions.ts";
import { type FileRow, getFileRow, getFileRows, updateFileRow } from "#lib/files/file.store.ts";
import { headObject } from "#lib/files/object.store.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { hasArrived, isComing, statesWhere } from "#lib/kernel/file-states.ts";
import { requireOpen } from "#lib/transfers/require-open.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { completeMultipartUpload, listParts } from "./multipart.store.ts";
import { partCount, partLength } from "./parts.ts";
import { ChecksumMismatch, FileNotUploadable, NotUploaded, PartsMissing } from "./upload.errors.ts";
import type { CompleteInput, CompleteOutput } from "./upload-protocol.schema.ts";

/** Files completed at a time; each needs one to three calls of S3. */
const CONCURRENCY = 16;

/** Completes uploaded files, after S3 has compared the checksums. Completing twice gives the same answer. */
export async function completeFiles(ctx: Ctx, input: CompleteInput): Promise<CompleteOutput> {
  const authorized = requirePermission(ctx, "transfer:write");
  const transfer = await getTransferRow(authorized, input.transferId);
  requireOpen(transfer, ctx.clock.now());
  const rows = await getFileRows(
    transfer,
    input.files.map((file) => file.ordinal),
  );
  const claims = rows.map((row, index) => ({ row, crc64: input.files[index]?.crc64 ?? "" }));
  const files = await mapConcurrently(claims, CONCURRENCY, async ({ row, crc64 }) => {
    try {
      await completeFile(row, crc64, ctx.clock.now());
      return { ordinal: row.ordinal, state: "stored" as const };
    } catch (error) {
      if (!(error instanceof VisibleError)) throw error;
      return { ordinal: row.ordinal, state: row.state, error: { code: error.code, message: error.message } };
    }
  });
  const isAllThere = files.every((file) => !("error" in file));
  const sealed = input.seal && isAllThere ? await sealIfDone(ctx, input.transferId) : undefined;
  return { files, ...(sealed ? { sealed } : {}) };
}

/** If sealing fails here, the sender learns the reason when it calls seal itself. */
async function sealIfDone(ctx: Ctx, transferId: string): Promise<CompleteOutput["sealed"]> {
  try {
    return (await sealTransfer(ctx, { transferId })).state;
  } catch (error) {
    if (error instanceof VisibleError) return undefined;
    throw error;
  }
}

async function completeFile(row: FileRow, crc64: string, now: Date): Promise<void> {
  if (hasArrived(row.state)) {
    if (row.crc64 !== crc64) throw new ChecksumMismatch();
    return;
  }
  if (!isComing(row.state)) throw new FileNotUploadable(row.ordinal, row.state);
  if (row.uploadId) await assemble(row, row.uploadId, crc64);
  else await compareObject(row, crc64);
  const stored = { state: "stored", crc64, storedAt: now.toISOString() } as const;
  if (await updateFileRow(row, statesWhere(isComing), stored)) return;
  const other = await getFileRow({ workspaceId: row.workspaceId, id: row.transferId }, row.ordinal);
  if (!hasArrived(other.state) || other.crc64 !== crc64) throw new FileNotUploadable(row.ordinal, other.state);
}

/** An unknown upload id may mean that the upload was completed before, so the object is checked first. */
async function assemble(row: FileRow, uploadId: string, crc64: string): Promise<void> {
  const parts = await listParts(row, uploadId);
  if (!parts) return compareObject(row, crc64);
  const sizes = new Map(parts.map((part) => [part.PartNumber, part.Size]));
  const missing: number[] = [];
  for (let part = 1; part <= partCount(row); part++) {
    if (sizes.get(part) !== partLength(row, part)) missing.push(part);
  }
  if (missing.length > 0) throw new PartsMissing(missing.slice(0, 100));
  const completion = await completeMultipartUpload(row, uploadId, parts, crc64);
  if (completion === "mismatch") throw new ChecksumMismatch();
  if (completion !== "stored") await compareObject(row, crc64);
}

async function compareObject(row: FileRow, crc64: string): Promise<void> {
  const object = await headObject(row);
  if (!object) throw new NotUploaded();
  if (object.size !== row.size || object.crc64 !== crc64) throw new ChecksumMismatch();
}
