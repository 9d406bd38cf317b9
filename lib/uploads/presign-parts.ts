import { PutObjectCommand, UploadPartCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { resources } from "#lib/adapters/resources.ts";
import { s3 } from "#lib/adapters/s3.ts";
import type { FileRow } from "#lib/files/file.store.ts";
import { keyOf, prefixOf, STORED_TYPE } from "#lib/files/object.store.ts";
import { partLength } from "./parts.ts";
import type { SignOutput } from "./upload-protocol.schema.ts";

/** Seconds: long enough for a part on a slow line, short enough that a leaked URL is soon useless. */
const EXPIRES_IN = 900;

/** Sent as headers and signed, so that S3 refuses any other length, type or checksum. */
const SIGNED_OF_A_PART = new Set(["content-length", "x-amz-checksum-crc64nvme"]);
const SIGNED_OF_A_WHOLE = new Set([...SIGNED_OF_A_PART, "content-type", "if-none-match"]);

/** Query parameters that every URL of a batch has in common. */
const SHARED = [
  "X-Amz-Algorithm",
  "X-Amz-Content-Sha256",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-Security-Token",
];
const OF_A_PART = ["partNumber", "uploadId", "X-Amz-Signature"];

export type PartToSign = { file: FileRow; part: number; crc64: string };

/** Signs a batch with one date, so that the common parameters (over 1 KB with a role's session token) are sent once. */
export async function presignParts(
  transfer: { workspaceId: string; id: string },
  parts: PartToSign[],
): Promise<SignOutput> {
  const signingDate = new Date();
  const urls: URL[] = [];
  for (const part of parts) urls.push(new URL(await sign(part, signingDate)));
  const [first, firstPart] = [urls[0], parts[0]];
  if (!first || !firstPart) throw new Error("There is no part to sign.");
  const root = first.pathname.slice(0, -keyOf(firstPart.file).length);
  const ofKind = (multipart: boolean) =>
    urls[parts.findIndex(({ file }) => (file.uploadId !== undefined) === multipart)];
  return {
    origin: first.origin,
    prefix: root + prefixOf(transfer),
    query: pick(first, (name) => SHARED.includes(name)),
    single: {
      query: pick(ofKind(false), ownKind),
      headers: { "content-type": STORED_TYPE, "if-none-match": "*" },
    },
    multipart: { query: pick(ofKind(true), ownKind), headers: {} },
    uploadIds: Object.fromEntries(parts.flatMap(({ file }) => (file.uploadId ? [[file.ordinal, file.uploadId]] : []))),
    signatures: urls.map((url) => url.searchParams.get("X-Amz-Signature") ?? ""),
    expiresIn: EXPIRES_IN,
  };
}

function sign({ file, part, crc64 }: PartToSign, signingDate: Date): Promise<string> {
  const headers = file.uploadId ? SIGNED_OF_A_PART : SIGNED_OF_A_WHOLE;
  const options = { expiresIn: EXPIRES_IN, signingDate, unhoistableHeaders: headers, signableHeaders: headers };
  const exact = {
    Bucket: resources.uploads,
    Key: keyOf(file),
    ContentLength: partLength(file, part),
    ChecksumCRC64NVME: crc64,
  };
  return file.uploadId
    ? getSignedUrl(s3(), new UploadPartCommand({ ...exact, UploadId: file.uploadId, PartNumber: part }), options)
    : getSignedUrl(s3(), new PutObjectCommand({ ...exact, ContentType: STORED_TYPE, IfNoneMatch: "*" }), options);
}

const ownKind = (name: string) => !SHARED.includes(name) && !OF_A_PART.includes(name);

function pick(url: URL | undefined, wanted: (name: string) => boolean): string {
  return [...(url?.searchParams ?? [])]
    .filter(([name]) => wanted(name))
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}
