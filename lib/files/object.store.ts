import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  NoSuchUpload,
  NotFound,
  type Part,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import type { FileRow } from "./file.store.ts";

/** Files are kept as bytes and nothing else: no browser may take one for a page. */
export const STORED_TYPE = "application/octet-stream";

/** Everything of a transfer lies under this. Made by the server alone: names of files are data, never paths. */
export const prefixOf = (transfer: { workspaceId: string; id: string }): string =>
  `${transfer.workspaceId}/${transfer.id}/`;

export const keyOf = (file: Pick<FileRow, "workspaceId" | "transferId" | "ordinal">): string =>
  prefixOf({ workspaceId: file.workspaceId, id: file.transferId }) + file.ordinal;

/** Of what was made of a file for showing it, in the bucket of derived objects. */
export const renditionKeyOf = (file: Pick<FileRow, "workspaceId" | "transferId" | "ordinal">, name: string): string =>
  `${keyOf(file)}/${name}`;

const at = (file: FileRow) => ({ Bucket: resources.uploads, Key: keyOf(file) });

/** Begins a multipart upload whose parts carry CRC64NVME; answers its id. */
export async function createMultipartUpload(file: FileRow): Promise<string> {
  const { UploadId } = await s3().send(
    new CreateMultipartUploadCommand({
      ...at(file),
      ContentType: STORED_TYPE,
      ChecksumAlgorithm: "CRC64NVME",
      ChecksumType: "FULL_OBJECT",
    }),
  );
  if (!UploadId) throw new Error("S3 began a multipart upload without an id.");
  return UploadId;
}

/** Ends an upload that will not be completed; one that is gone already is fine. */
export async function abortMultipartUpload(file: FileRow, uploadId: string): Promise<void> {
  try {
    await s3().send(new AbortMultipartUploadCommand({ ...at(file), UploadId: uploadId }));
  } catch (error) {
    if (!(error instanceof NoSuchUpload)) throw error;
  }
}

/** What S3 holds of an upload under way, or undefined when it knows of none: completed, aborted or expired. */
export async function listParts(file: FileRow, uploadId: string): Promise<Part[] | undefined> {
  const parts: Part[] = [];
  let marker: string | undefined;
  try {
    do {
      const page = await s3().send(
        new ListPartsCommand({ ...at(file), UploadId: uploadId, ...(marker ? { PartNumberMarker: marker } : {}) }),
      );
      parts.push(...(page.Parts ?? []));
      marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    } while (marker);
  } catch (error) {
    if (error instanceof NoSuchUpload || isCode(error, "NoSuchUpload")) return undefined;
    throw error;
  }
  return parts;
}

export type Completion = "stored" | "gone" | "exists" | "mismatch";

/** Makes the object out of its parts; S3 compares the checksum of the whole and refuses to replace an object. */
export async function completeMultipartUpload(
  file: FileRow,
  uploadId: string,
  parts: Part[],
  crc64: string,
): Promise<Completion> {
  try {
    await s3().send(
      new CompleteMultipartUploadCommand({
        ...at(file),
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
    if (isCode(error, "NoSuchUpload")) return "gone";
    if (isCode(error, "PreconditionFailed")) return "exists";
    if (isCode(error, "BadDigest")) return "mismatch";
    throw error;
  }
}

/** Size in bytes and CRC64NVME of the object, or undefined when there is none. */
export async function headObject(file: FileRow): Promise<{ size: number; crc64: string | undefined } | undefined> {
  try {
    const head = await s3().send(new HeadObjectCommand({ ...at(file), ChecksumMode: "ENABLED" }));
    return { size: head.ContentLength ?? 0, crc64: head.ChecksumCRC64NVME };
  } catch (error) {
    if (error instanceof NotFound || isCode(error, "NoSuchKey")) return undefined;
    throw error;
  }
}

/** Sizes in bytes of the objects that a transfer has, by ordinal. */
export async function listObjects(transfer: { workspaceId: string; id: string }): Promise<Map<number, number>> {
  const Prefix = prefixOf(transfer);
  const sizes = new Map<number, number>();
  let ContinuationToken: string | undefined;
  do {
    const page = await s3().send(
      new ListObjectsV2Command({
        Bucket: resources.uploads,
        Prefix,
        ...(ContinuationToken ? { ContinuationToken } : {}),
      }),
    );
    for (const { Key = "", Size = 0 } of page.Contents ?? []) sizes.set(Number(Key.slice(Prefix.length)), Size);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return sizes;
}

/** Ids of the transfers of a workspace that have objects, whether or not there is a row of them. */
export async function* listTransferPrefixes(workspaceId: string): AsyncGenerator<string> {
  const Prefix = `${workspaceId}/`;
  let ContinuationToken: string | undefined;
  do {
    const page = await s3().send(
      new ListObjectsV2Command({
        ...{ Bucket: resources.uploads, Prefix, Delimiter: "/" },
        ...(ContinuationToken ? { ContinuationToken } : {}),
      }),
    );
    for (const { Prefix: found = "" } of page.CommonPrefixes ?? []) yield found.slice(Prefix.length, -1);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
}

/** Deletes objects of files, a thousand a call. */
export async function deleteFileObjects(files: FileRow[]): Promise<void> {
  await deleteKeys(files.map(keyOf));
}

/** Deletes what was made of a file for showing it. */
export const deleteRenditions = (file: FileRow): Promise<void> => deletePrefix(resources.derived, `${keyOf(file)}/`);

/** Deletes every object of a transfer, what was made of its files as well, and aborts every upload. Safe to repeat. */
export async function deleteObjects(transfer: { workspaceId: string; id: string }): Promise<void> {
  const Prefix = prefixOf(transfer);
  for (;;) {
    const page = await s3().send(new ListMultipartUploadsCommand({ Bucket: resources.uploads, Prefix }));
    for (const { Key, UploadId } of page.Uploads ?? []) {
      await s3().send(new AbortMultipartUploadCommand({ Bucket: resources.uploads, Key, UploadId }));
    }
    if (!page.IsTruncated) break;
  }
  for (const bucket of [resources.uploads, resources.derived]) await deletePrefix(bucket, Prefix);
}

async function deletePrefix(Bucket: string, Prefix: string): Promise<void> {
  for (;;) {
    const page = await s3().send(new ListObjectsV2Command({ Bucket, Prefix }));
    await deleteKeys(
      (page.Contents ?? []).flatMap(({ Key }) => Key ?? []),
      Bucket,
    );
    if (!page.IsTruncated) break;
  }
}

async function deleteKeys(keys: string[], Bucket = resources.uploads): Promise<void> {
  for (let from = 0; from < keys.length; from += 1000) {
    const Objects = keys.slice(from, from + 1000).map((Key) => ({ Key }));
    const { Errors } = await s3().send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    const [first] = Errors ?? [];
    if (first) throw new Error(`S3 left ${Errors?.length} objects undeleted, the first with ${first.Code}.`);
  }
}

const isCode = (error: unknown, code: string): boolean => error instanceof S3ServiceException && error.name === code;
