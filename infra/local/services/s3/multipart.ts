/** Multipart uploads until their completion: bytes are written once, as parts. Completing them is in completion.ts. */
import { randomBytes } from "node:crypto";
import { promisedChecksum } from "./body.ts";
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  checksumElement,
  checksumHeader,
  findAlgorithm,
  MULTIPART_TYPES,
} from "./checksums.ts";
import { copyResult, copySource, copySourceRange } from "./copying.ts";
import { S3Error } from "./errors.ts";
import type { PartRow, UploadRow } from "./index-db.ts";
import { initiatorXml, ownerXml } from "./owner.ts";
import { readProperties, refuseUnsupported } from "./properties.ts";
import { header, integerParameter, type Reply, type S3Request } from "./request.ts";
import { discard, openRange, removeUpload, type Storage, singlePart, storeBody, storeCopy } from "./storage.ts";
import { xml, xmlDocument } from "./xml.ts";

const MAX_PART_BYTES = 5 * 1024 ** 3;
export const MAX_PARTS = 10_000;

export function getUpload(storage: Storage, request: S3Request): UploadRow {
  const upload = storage.index.findUpload(request.bucket, request.key, request.query.get("uploadId") ?? "");
  if (!upload) throw noSuchUpload(request);
  return upload;
}

export const noSuchUpload = (request: S3Request): S3Error =>
  new S3Error("NoSuchUpload", undefined, { details: { UploadId: request.query.get("uploadId") ?? "" } });

export function createMultipartUpload(storage: Storage, request: S3Request): Reply {
  refuseUnsupported(request);
  const { algorithm, type } = checksumChoice(request);
  const { bucket, key } = request;
  const id = randomBytes(24).toString("base64url");
  storage.index.putUpload({
    ...readProperties(request),
    id,
    bucket,
    key,
    created: request.now.getTime(),
    algorithm,
    type,
  });
  const headers: Record<string, string> =
    algorithm && type ? { "x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": type } : {};
  const body = [xml("Bucket", bucket), xml("Key", key.toString("utf8")), xml("UploadId", id)];
  return { status: 200, headers, body: xmlDocument("InitiateMultipartUploadResult", body) };
}

function checksumChoice(request: S3Request): {
  algorithm: ChecksumAlgorithm | undefined;
  type: ChecksumType | undefined;
} {
  const name = header(request, "x-amz-checksum-algorithm");
  const wanted = header(request, "x-amz-checksum-type");
  if (name === undefined) {
    if (wanted !== undefined)
      throw new S3Error(
        "InvalidRequest",
        "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
      );
    return { algorithm: undefined, type: undefined };
  }
  const algorithm = findAlgorithm(name);
  if (!algorithm)
    throw new S3Error(
      "InvalidRequest",
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    );
  const types = MULTIPART_TYPES[algorithm];
  const type = wanted === undefined ? types[0] : types.find((one) => one === wanted);
  if (!type)
    throw new S3Error(
      "InvalidRequest",
      `The ${wanted} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  return { algorithm, type };
}

const partNumberOf = (request: S3Request): number => integerParameter(request, "partNumber", 0, 1, MAX_PARTS);

export async function uploadPart(storage: Storage, request: S3Request): Promise<Reply> {
  const upload = getUpload(storage, request);
  const number = partNumberOf(request);
  if (Number(request.raw.headers["content-length"] ?? 0) > MAX_PART_BYTES) throw new S3Error("EntityTooLarge");
  const promised = promisedChecksum(request);
  if (upload.algorithm && promised && promised.algorithm !== upload.algorithm) {
    throw new S3Error(
      "InvalidRequest",
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${promised.algorithm.toLowerCase()}`,
    );
  }
  const loose = await storeBody(storage, request, upload.algorithm ?? promised?.algorithm ?? "CRC64NVME");
  const etag = `"${loose.md5.toString("hex")}"`;
  keepPart(storage, request, singlePart(loose, etag, request.now.getTime()), number);
  return {
    status: 200,
    headers: { etag, ...(loose.checksum ? { [checksumHeader(loose.checksum.algorithm)]: loose.checksum.value } : {}) },
  };
}

export async function uploadPartCopy(storage: Storage, request: S3Request): Promise<Reply> {
  const upload = getUpload(storage, request);
  const number = partNumberOf(request);
  const row = copySource(storage, request);
  const { start, end } = copySourceRange(request, row.size);
  const body = openRange(storage, row, start, end);
  try {
    const loose = await storeCopy(storage, body, upload.algorithm ?? "CRC64NVME");
    const etag = `"${loose.md5.toString("hex")}"`;
    keepPart(storage, request, singlePart(loose, etag, request.now.getTime()), number);
    return { status: 200, body: copyResult("CopyPartResult", etag, request.now.getTime(), loose.checksum) };
  } finally {
    body.release();
  }
}

/** The upload may have been aborted or completed while its part was being received. */
function keepPart(storage: Storage, request: S3Request, part: PartRow, number: number): void {
  try {
    discard(
      storage,
      storage.index.transaction(() => storage.index.putPart(getUpload(storage, request).id, { ...part, number })),
    );
  } catch (error) {
    discard(storage, [part.file]);
    throw error;
  }
}

export function listParts(storage: Storage, request: S3Request): Reply {
  const upload = getUpload(storage, request);
  const limit = Math.min(1000, integerParameter(request, "max-parts", 1000, 0, 2 ** 31 - 1));
  const marker = integerParameter(request, "part-number-marker", 0, 0, 2 ** 31 - 1);
  const rows = storage.index.listParts(upload.id, marker, limit + 1);
  const page = rows.slice(0, limit);
  const body = [
    xml("Bucket", request.bucket),
    xml("Key", request.key.toString("utf8")),
    xml("UploadId", upload.id),
    xml("PartNumberMarker", marker),
    xml("NextPartNumberMarker", page.at(-1)?.number ?? marker),
    xml("MaxParts", limit),
    xml("IsTruncated", rows.length > limit),
    initiatorXml,
    ownerXml,
    xml("StorageClass", "STANDARD"),
    xml("ChecksumAlgorithm", upload.algorithm),
    xml("ChecksumType", upload.type),
    ...page.map((part) =>
      xml("Part", [
        xml("PartNumber", part.number),
        xml("LastModified", new Date(part.modified).toISOString()),
        xml("ETag", part.etag),
        xml("Size", part.size),
        part.checksum ? xml(checksumElement(part.checksum.algorithm), part.checksum.value) : "",
      ]),
    ),
  ];
  return { status: 200, body: xmlDocument("ListPartsResult", body) };
}

export function abortMultipartUpload(storage: Storage, request: S3Request): Reply {
  removeUpload(storage, getUpload(storage, request).id);
  return { status: 204 };
}
