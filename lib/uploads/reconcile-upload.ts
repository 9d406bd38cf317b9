import type { Part } from "@aws-sdk/client-s3";
import { type FileRow, getFileRow, resetUpload, updateFileRow } from "#lib/files/file.store.ts";
import { headObject } from "#lib/files/object.store.ts";
import { listParts } from "./multipart.store.ts";

/**
 * What S3 has of a file whose multipart upload is under way. If S3 does not know the upload any more, the row is
 * corrected: either the upload was completed and the row was not updated (S3 had compared the whole's checksum), or it
 * was aborted after a week without activity, and the file starts again from its reservation. Safe to repeat.
 */
export async function reconcileUpload(row: FileRow, now: Date): Promise<{ file: FileRow; parts: Part[] }> {
  if (row.state !== "uploading" || !row.uploadId) return { file: row, parts: [] };
  const parts = await listParts(row, row.uploadId);
  if (parts) return { file: row, parts };
  const object = await headObject(row);
  if (object?.crc64 && object.size === row.size) {
    await updateFileRow(row, ["uploading"], { state: "stored", crc64: object.crc64, storedAt: now.toISOString() });
  } else await resetUpload(row);
  const file = await getFileRow({ workspaceId: row.workspaceId, id: row.transferId }, row.ordinal);
  return { file, parts: [] };
}
