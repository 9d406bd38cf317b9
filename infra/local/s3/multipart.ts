/** Multipart uploads: bytes are written once, as parts; completing makes a list of parts an object and copies nothing. */
import { createHash, randomBytes } from "node:crypto";
import { promisedChecksum, receiveText } from "./body.ts";
import {
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumType,
  checksumElement,
  checksumHeader,
  combineChecksums,
  findAlgorithm,
  MULTIPART_TYPES,
} from "./checksums.ts";
import { checkWriteConditions, writeConditions } from "./conditions.ts";
import { S3Error } from "./errors.ts";
import type { ObjectRow, PartRow, UploadRow } from "./index-db.ts";
import { copyResult, copySource, parse } from "./objects.ts";
import { readProperties, refuseUnsupported } from "./properties.ts";
import { header, integerParameter, type Reply, type S3Request } from "./request.ts";
import {
  discard,
  openRange,
  removeUpload,
  replaceObject,
  type Storage,
  singlePart,
  storeBody,
  storeCopy,
} from "./storage.ts";
import { childText, xml, xmlDocument } from "./xml.ts";

const MIN_PART_BYTES = 5 * 1024 ** 2;
const MAX_PART_BYTES = 5 * 1024 ** 3;
const MAX_PARTS = 10_000;
const MAX_XML_BYTES = 8 * 1024 ** 2;

export function getUpload(storage: Storage, request: S3Request): UploadRow {
  const upload = storage.index.findUpload(request.bucket, request.key, request.query.get("uploadId") ?? "");
  if (!upload)
    throw new S3Error("NoSuchUpload", undefined, { details: { UploadId: request.query.get("uploadId") ?? "" } });
  return upload;
}

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
  const { row, start, end } = copySource(storage, request);
  const body = openRange(storage, row, start, end);
  try {
    const loose = await storeCopy(storage, body, upload.algorithm ?? "CRC64NVME");
    const etag = `"${loose.md5.toString("hex")}"`;
    keepPart(storage, request, singlePart(loose, etag, request.now.getTime()), number);
    return { status: 200, body: copyResult("CopyPartResult", etag, request.now.getTime()) };
  } finally {
    body.release();
  }
}

/** The upload may have been aborted or completed while its part was on the way. */
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

type Listed = { number: number; etag: string; checksum: string | undefined };

export async function completeMultipartUpload(storage: Storage, request: S3Request): Promise<Reply> {
  const upload = getUpload(storage, request);
  const conditions = writeConditions(request);
  const { bucket, key } = request;
  const listed = readList(
    parse(await receiveText(request, { maxBytes: MAX_XML_BYTES, checksumIsOfObject: true }), "CompleteMultipartUpload"),
    upload,
  );
  return storage.writes.run(bucket, key, async (write) => {
    const parts = chooseParts(storage, upload, listed);
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    const promisedSize = header(request, "x-amz-mp-object-size");
    if (promisedSize !== undefined && Number(promisedSize) !== size) {
      throw new S3Error(
        "InvalidRequest",
        `The provided 'x-amz-mp-object-size' header value ${promisedSize} does not match what was computed: ${size}`,
      );
    }
    const checksum = await wholeChecksum(request, upload, parts);
    const etag = multipartEtag(parts);
    const modified = request.now.getTime();
    const { headers, meta, tags } = upload;
    const row: ObjectRow = {
      headers,
      meta,
      tags,
      bucket,
      key,
      content: upload.id,
      size,
      etag,
      modified,
      partCount: parts.length,
      checksum,
    };
    const wanted = new Set(parts.map(({ number }) => number));
    discard(
      storage,
      storage.index.transaction(() => {
        if (!storage.index.findUpload(bucket, key, upload.id)) throw new S3Error("NoSuchUpload");
        checkWriteConditions(conditions, storage.index.findObject(bucket, key));
        if (conditions && write.conflict) throw new S3Error("ConditionalRequestConflict");
        const current = new Map(storage.index.listParts(upload.id).map((part) => [part.number, part.file]));
        if (parts.some((part) => current.get(part.number) !== part.file)) throw new S3Error("InvalidPart");
        const unused = storage.index.dropParts(upload.id, (number) => wanted.has(number));
        storage.index.deleteUpload(upload.id);
        return [...unused, ...replaceObject(storage, row, "ObjectCreated:CompleteMultipartUpload")];
      }),
    );
    const body = [
      xml("Location", `http://${request.raw.headers.host}/${bucket}/${encodeURIComponent(key.toString("utf8"))}`),
      xml("Bucket", bucket),
      xml("Key", key.toString("utf8")),
      xml("ETag", etag),
      checksum ? xml(checksumElement(checksum.algorithm), checksum.value) : "",
      xml("ChecksumType", checksum?.type),
    ];
    return { status: 200, body: xmlDocument("CompleteMultipartUploadResult", body) };
  });
}

function readList(root: ReturnType<typeof parse>, upload: UploadRow): Listed[] {
  const listed = root.children
    .filter(({ name }) => name === "Part")
    .map((part) => ({
      number: Number(childText(part, "PartNumber")),
      etag: (childText(part, "ETag") ?? "").replaceAll('"', ""),
      checksum: upload.algorithm && childText(part, checksumElement(upload.algorithm)),
    }));
  if (listed.length === 0 || listed.length > MAX_PARTS) throw new S3Error("MalformedXML");
  for (const [index, part] of listed.entries()) {
    if (!Number.isInteger(part.number)) throw new S3Error("MalformedXML");
    if (index > 0 && part.number <= (listed[index - 1]?.number ?? 0)) throw new S3Error("InvalidPartOrder");
  }
  return listed;
}

function chooseParts(storage: Storage, upload: UploadRow, listed: Listed[]): PartRow[] {
  const present = new Map(storage.index.listParts(upload.id).map((part) => [part.number, part]));
  return listed.map(({ number, etag, checksum }, index) => {
    const part = present.get(number);
    const details = { UploadId: upload.id, PartNumber: String(number), ETag: etag };
    if (!part || part.etag.replaceAll('"', "") !== etag) throw new S3Error("InvalidPart", undefined, { details });
    if (checksum !== undefined && checksum !== part.checksum?.value)
      throw new S3Error("InvalidPart", undefined, { details });
    if (upload.type === "COMPOSITE" && checksum === undefined) {
      throw new S3Error(
        "InvalidRequest",
        `The upload was created using a ${upload.algorithm?.toLowerCase()} checksum. The complete request must include the checksum for each part.`,
      );
    }
    if (part.size < MIN_PART_BYTES && index < listed.length - 1) {
      throw new S3Error("EntityTooSmall", undefined, {
        details: { ...details, ProposedSize: String(part.size), MinSizeAllowed: String(MIN_PART_BYTES) },
      });
    }
    return part;
  });
}

/** Without a choice at its creation an upload gets the CRC64NVME of the whole, as on S3. */
async function wholeChecksum(request: S3Request, upload: UploadRow, parts: PartRow[]): Promise<Checksum | undefined> {
  const algorithm = upload.algorithm ?? "CRC64NVME";
  const type = upload.type ?? "FULL_OBJECT";
  const values = parts.flatMap(({ size, checksum }) =>
    checksum?.algorithm === algorithm ? [{ size, value: checksum.value }] : [],
  );
  const checksum = values.length === parts.length ? await combineChecksums(algorithm, type, values) : undefined;
  const promised = header(request, checksumHeader(algorithm));
  if (promised !== undefined && promised !== checksum?.value) {
    throw new S3Error("BadDigest", `The ${algorithm} you specified did not match the calculated checksum.`);
  }
  return checksum;
}

function multipartEtag(parts: PartRow[]): string {
  const hash = createHash("md5");
  for (const part of parts) hash.update(Buffer.from(part.etag.replaceAll('"', ""), "hex"));
  return `"${hash.digest("hex")}-${parts.length}"`;
}
