import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import type { FileRow } from "./file.store.ts";
import { renditionKeyOf } from "./object.store.ts";

/** Seconds. */
const EXPIRES_IN = 900;

type Rendition = { name: string; type: string; bytes: number };

/** A file's renditions are below its key in the bucket of derived objects. */
const derivedAt = (file: FileRow, name: string) => ({ Bucket: resources.derived, Key: renditionKeyOf(file, name) });

/** Stores a rendition that is in memory; replaces an existing one. */
export async function putDerived(
  file: FileRow,
  rendition: { name: string; type: string; body: Uint8Array },
): Promise<void> {
  const { name, type, body } = rendition;
  await s3().send(new PutObjectCommand({ ...derivedAt(file, name), ContentType: type, Body: body }));
}

/** A URL with which a program without rights can store this one rendition: of exactly this length and type. */
export const presignDerived = (file: FileRow, { name, type, bytes }: Rendition): Promise<string> =>
  getSignedUrl(
    s3(),
    new PutObjectCommand({ ...derivedAt(file, name), ContentType: type, ContentLength: bytes }),
    signed("content-length", "content-type"),
  );

const signed = (...headers: string[]) => ({
  ...{ expiresIn: EXPIRES_IN, signableHeaders: new Set(["host", ...headers]), unhoistableHeaders: new Set(headers) },
});

/** Begins an upload of a rendition in parts; returns the upload's id. */
export async function createDerivedUpload(file: FileRow, { name, type }: Rendition): Promise<string> {
  const { UploadId } = await s3().send(
    new CreateMultipartUploadCommand({ ...derivedAt(file, name), ContentType: type }),
  );
  if (!UploadId) throw new Error("S3 began a multipart upload without an id.");
  return UploadId;
}

/** URLs for parts, each of exactly its length. */
export const presignDerivedParts = (
  file: FileRow,
  { name }: Rendition,
  UploadId: string,
  parts: { part: number; length: number }[],
): Promise<string[]> =>
  Promise.all(
    parts.map(({ part, length }) =>
      getSignedUrl(
        s3(),
        new UploadPartCommand({ ...derivedAt(file, name), UploadId, PartNumber: part, ContentLength: length }),
        signed("content-length"),
      ),
    ),
  );

export async function completeDerived(
  file: FileRow,
  { name }: Rendition,
  UploadId: string,
  etags: string[],
): Promise<void> {
  const Parts = etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
  await s3().send(
    new CompleteMultipartUploadCommand({ ...derivedAt(file, name), UploadId, MultipartUpload: { Parts } }),
  );
}
