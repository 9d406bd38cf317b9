import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { isS3Error, s3 } from "#lib/adapters/s3.ts";
import type { FileRow } from "./file.store.ts";

/** Files are stored as plain bytes, so that no browser displays one as a page. */
export const STORED_TYPE = "application/octet-stream";

/** Prefix of everything of a transfer. Only the server makes keys: names of files are data, never paths. */
export const prefixOf = (transfer: { workspaceId: string; id: string }): string =>
  `${transfer.workspaceId}/${transfer.id}/`;

export const keyOf = (file: Pick<FileRow, "workspaceId" | "transferId" | "ordinal">): string =>
  prefixOf({ workspaceId: file.workspaceId, id: file.transferId }) + file.ordinal;

/** Key of a file's rendition, in the bucket of derived objects. */
export const renditionKeyOf = (file: Pick<FileRow, "workspaceId" | "transferId" | "ordinal">, name: string): string =>
  `${keyOf(file)}/${name}`;

/** Where a file is in S3. */
export const locationOf = (file: FileRow) => ({ Bucket: resources.uploads, Key: keyOf(file) });

/** Size in bytes and CRC64NVME of the object, or undefined when there is none. */
export async function headObject(file: FileRow): Promise<{ size: number; crc64: string | undefined } | undefined> {
  try {
    const head = await s3().send(new HeadObjectCommand({ ...locationOf(file), ChecksumMode: "ENABLED" }));
    return { size: head.ContentLength ?? 0, crc64: head.ChecksumCRC64NVME };
  } catch (error) {
    if (isS3Error(error, "NotFound", "NoSuchKey")) return undefined;
    throw error;
  }
}

/** Sizes in bytes of a transfer's objects, by ordinal. */
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

/** Ids of the transfers of a workspace that have objects, with or without a row. */
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

/** Deletes objects of files, a thousand in a call. */
export async function deleteFileObjects(files: FileRow[]): Promise<void> {
  await deleteKeys(files.map(keyOf));
}

/** Deletes a file's renditions. */
export const deleteRenditions = (file: FileRow): Promise<void> => deletePrefix(resources.derived, `${keyOf(file)}/`);

/** Deletes every object of a transfer and every rendition, and aborts every upload. Safe to repeat. */
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
