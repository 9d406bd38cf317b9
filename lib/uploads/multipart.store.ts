import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  type Part,
} from "@aws-sdk/client-s3";
import { isS3Error, s3 } from "#lib/adapters/s3.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import { locationOf, STORED_TYPE } from "#lib/files/object.store.ts";

/** Begins a multipart upload whose parts have CRC64NVME checksums; returns its id. */
export async function createMultipartUpload(file: FileRow): Promise<string> {
  const { UploadId } = await s3().send(
    new CreateMultipartUploadCommand({
      ...locationOf(file),
      ContentType: STORED_TYPE,
      ChecksumAlgorithm: "CRC64NVME",
      ChecksumType: "FULL_OBJECT",
    }),
  );
  if (!UploadId) throw new Error("S3 began a multipart upload without an id.");
  return UploadId;
}

/** Aborts an upload that will not be completed; succeeds also when it does not exist any more. */
export async function abortMultipartUpload(file: FileRow, uploadId: string): Promise<void> {
  try {
    await s3().send(new AbortMultipartUploadCommand({ ...locationOf(file), UploadId: uploadId }));
  } catch (error) {
    if (!isS3Error(error, "NoSuchUpload")) throw error;
  }
}

/** What S3 has of a running upload. Undefined when S3 does not know it: completed, aborted or expired. */
export async function listParts(file: FileRow, uploadId: string): Promise<Part[] | undefined> {
  const parts: Part[] = [];
  let marker: string | undefined;
  try {
    do {
      const page = await s3().send(
        new ListPartsCommand({
          ...locationOf(file),
          UploadId: uploadId,
          ...(marker ? { PartNumberMarker: marker } : {}),
        }),
      );
      parts.push(...(page.Parts ?? []));
      marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    } while (marker);
  } catch (error) {
    if (isS3Error(error, "NoSuchUpload")) return undefined;
    throw error;
  }
  return parts;
}

export type Completion = "stored" | "gone" | "exists" | "mismatch";

/** Creates the object from its parts. S3 compares the checksum of the whole and refuses to replace an object. */
export async function completeMultipartUpload(
  file: FileRow,
  uploadId: string,
  parts: Part[],
  crc64: string,
): Promise<Completion> {
  try {
    await s3().send(
      new CompleteMultipartUploadCommand({
        ...locationOf(file),
        UploadId: uploadId,
        IfNoneMatch: "*",
        ChecksumType: "FULL_OBJECT",
        ChecksumCRC64NVME: crc64,
        MpuObjectSize: file.size,
        MultipartUpload: {
          Parts: parts.map(({ PartNumber, ETag, ChecksumCRC64NVME }) => ({ PartNumber, ETag, ChecksumCRC64NVME })),
        },
      }),
    );
    return "stored";
  } catch (error) {
    if (isS3Error(error, "NoSuchUpload")) return "gone";
    if (isS3Error(error, "PreconditionFailed")) return "exists";
    if (isS3Error(error, "BadDigest")) return "mismatch";
    throw error;
  }
}
