import { open } from "node:fs/promises";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import type { FileRow } from "./file.store.ts";
import { keyOf } from "./object.store.ts";

/** S3's parts have 5 MiB at least, and there are 10,000 at most; one at a time is in memory. */
const PART = 32 * 1024 ** 2;

/** Renditions of a file lie under its key in the bucket of derived objects. */
const derivedAt = (file: FileRow, name: string) => ({ Bucket: resources.derived, Key: `${keyOf(file)}/${name}` });

/** Puts a rendition that is in memory; one that is there is replaced. */
export async function putDerived(
  file: FileRow,
  rendition: { name: string; type: string; body: Uint8Array },
): Promise<void> {
  const { name, type, body } = rendition;
  await s3().send(new PutObjectCommand({ ...derivedAt(file, name), ContentType: type, Body: body }));
}

/** Puts a rendition that lies in a file on this machine; one that is there is replaced. */
export async function putDerivedFile(
  file: FileRow,
  rendition: { name: string; type: string; bytes: number },
  path: string,
  onPart: () => void = () => {},
): Promise<void> {
  const at = { ...derivedAt(file, rendition.name) };
  const handle = await open(path);
  try {
    const part = async (start: number): Promise<Buffer> => {
      const buffer = Buffer.allocUnsafe(Math.min(PART, rendition.bytes - start));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
      if (bytesRead !== buffer.length) throw new Error(`${rendition.name} is shorter than it was.`);
      return buffer;
    };
    if (rendition.bytes <= PART) {
      await s3().send(new PutObjectCommand({ ...at, ContentType: rendition.type, Body: await part(0) }));
      return;
    }
    const { UploadId } = await s3().send(new CreateMultipartUploadCommand({ ...at, ContentType: rendition.type }));
    try {
      const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
      for (let start = 0; start < rendition.bytes; start += PART) {
        const PartNumber = Parts.length + 1;
        const Body = await part(start);
        const { ETag } = await s3().send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body }));
        Parts.push({ PartNumber, ETag });
        onPart();
      }
      await s3().send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
    } catch (error) {
      await s3().send(new AbortMultipartUploadCommand({ ...at, UploadId }));
      throw error;
    }
  } finally {
    await handle.close();
  }
}
