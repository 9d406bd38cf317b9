import { requirePermission } from "#lib/auth/permissions.ts";
import { type FileRow, getFileRow, getFileRows, updateFileRow } from "#lib/files/file.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { isComing } from "#lib/kernel/file-states.ts";
import { requireUploadable } from "#lib/transfers/require-open.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { abortMultipartUpload, createMultipartUpload } from "./multipart.store.ts";
import { isMultipart, partCount } from "./parts.ts";
import { presignParts } from "./presign-parts.ts";
import { FileNotUploadable, PartOutOfRange } from "./upload.errors.ts";
import type { SignInput, SignOutput } from "./upload-protocol.schema.ts";

/** Signs PUTs of parts, each for its exact key, length and checksum. Begins multipart uploads that have not begun. */
export async function signParts(ctx: Ctx, input: SignInput): Promise<SignOutput> {
  const authorized = requirePermission(ctx, "transfer:write");
  const transfer = await getTransferRow(authorized, input.transferId);
  requireUploadable(transfer, ctx.clock.now());
  const rows = await getFileRows(transfer, [...new Set(input.parts.map((part) => part.ordinal))]);
  return await signPartsOf(transfer, rows, input.parts);
}

/** As `signParts`, for callers that have read the rows already. */
export async function signPartsOf(
  transfer: { workspaceId: string; id: string },
  rows: FileRow[],
  wanted: SignInput["parts"],
): Promise<SignOutput> {
  const files = new Map<number, FileRow>();
  await Promise.all(
    rows.map(async (row) => {
      if (!isComing(row.state)) throw new FileNotUploadable(row.ordinal, row.state);
      files.set(row.ordinal, isMultipart(row) && !row.uploadId ? await beginMultipartUpload(row) : row);
    }),
  );
  const parts = wanted.map(({ ordinal, part, crc64 }) => {
    const file = files.get(ordinal);
    if (!file || part > partCount(file)) throw new PartOutOfRange(ordinal, file ? partCount(file) : 0);
    return { file, part, crc64 };
  });
  return presignParts(transfer, parts);
}

/** Two calls may begin the same upload: the row keeps one id, and the other upload is aborted. */
async function beginMultipartUpload(row: FileRow): Promise<FileRow> {
  const uploadId = await createMultipartUpload(row);
  if (await updateFileRow(row, ["reserved"], { state: "uploading", uploadId })) return { ...row, uploadId };
  await abortMultipartUpload(row, uploadId);
  const winner = await getFileRow({ workspaceId: row.workspaceId, id: row.transferId }, row.ordinal);
  if (!winner.uploadId || winner.state !== "uploading") throw new FileNotUploadable(row.ordinal, winner.state);
  return winner;
}
