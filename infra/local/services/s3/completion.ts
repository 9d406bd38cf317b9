/** Completing a multipart upload: a list of parts becomes an object, and no byte is copied. */
import { createHash } from "node:crypto";
import { receiveText } from "./body.ts";
import {
  CHECKSUM_ALGORITHMS,
  type Checksum,
  type ChecksumAlgorithm,
  checksumElement,
  checksumHeader,
  combineChecksums,
} from "./checksums.ts";
import { checkWriteConditions, type WriteConditions, writeConditions } from "./conditions.ts";
import { S3Error } from "./errors.ts";
import type { ObjectRow, PartRow, UploadRow } from "./index-db.ts";
import { MAX_PARTS, noSuchUpload } from "./multipart.ts";
import { parse } from "./objects.ts";
import { header, type Reply, type S3Request } from "./request.ts";
import { discard, replaceObject, type Storage } from "./storage.ts";
import { childText, xml, xmlDocument } from "./xml.ts";

const MIN_PART_BYTES = 5 * 1024 ** 2;
const MAX_XML_BYTES = 8 * 1024 ** 2;

type Listed = { number: number; etag: string; checksums: { algorithm: ChecksumAlgorithm; value: string }[] };

export async function completeMultipartUpload(storage: Storage, request: S3Request): Promise<Reply> {
  const { index, writes } = storage;
  const { bucket, key } = request;
  const id = request.query.get("uploadId") ?? "";
  if (!index.findUpload(bucket, key, id) && !findCompleted(storage, request)) throw noSuchUpload(request);
  const conditions = writeConditions(request);
  const text = await receiveText(request, { maxBytes: MAX_XML_BYTES, checksumIsOfObject: true });
  const listed = readList(parse(text, "CompleteMultipartUpload"));
  return writes.run(bucket, key, async (write) => {
    const upload = index.findUpload(bucket, key, id);
    if (!upload) return repeat(storage, request, listed);
    const parts = chooseParts(index.listParts(id), upload, listed);
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    const checksum = await wholeChecksum(upload, parts);
    checkPromises(request, size, checksum, upload);
    const { headers, meta, tags } = upload;
    const modified = request.now.getTime();
    const properties = { headers, meta, tags, bucket, key, content: id, size };
    const row: ObjectRow = { ...properties, etag: multipartEtag(parts), modified, partCount: parts.length, checksum };
    const files = index.transaction(() => {
      if (!index.findUpload(bucket, key, id)) return undefined;
      checkConditions(storage, request, conditions, upload, write.conflict);
      const current = new Map(index.listParts(id).map((part) => [part.number, part.file]));
      if (parts.some((part) => current.get(part.number) !== part.file)) throw new S3Error("InvalidPart");
      const wanted = new Set(parts.map(({ number }) => number));
      const unused = index.dropParts(id, (number) => wanted.has(number));
      index.deleteUpload(id);
      return [...unused, ...replaceObject(storage, row, "ObjectCreated:CompleteMultipartUpload")];
    });
    if (!files) return repeat(storage, request, listed);
    discard(storage, files);
    return answer(request, row);
  });
}

/**
 * Any change of the key since the upload began is a conflict: the upload must then begin anew ("How to prevent object
 * overwrites with conditional writes" in the user guide).
 */
function checkConditions(
  storage: Storage,
  request: S3Request,
  conditions: WriteConditions | undefined,
  upload: UploadRow,
  isConflict: boolean,
): void {
  if (!conditions) return;
  const existing = storage.index.findObject(request.bucket, request.key);
  checkWriteConditions(request, conditions, existing);
  if (isConflict || storage.index.hasConflict(upload.id) || (existing && existing.modified > upload.created)) {
    throw new S3Error("ConditionalRequestConflict", undefined, {
      details: { Condition: conditions.ifNoneMatch ? "If-None-Match" : "If-Match", Key: request.key.toString("utf8") },
    });
  }
}

/** The object that this upload was completed to, as long as it is the current one of its key. */
function findCompleted(storage: Storage, request: S3Request): ObjectRow | undefined {
  const row = storage.index.findObject(request.bucket, request.key);
  return row && row.partCount > 0 && row.content === request.query.get("uploadId") ? row : undefined;
}

/**
 * A client that did not get the answer asks again. With the same parts it gets the same answer, and nothing changes.
 */
function repeat(storage: Storage, request: S3Request, listed: Listed[]): Reply {
  const row = findCompleted(storage, request);
  if (!row) throw noSuchUpload(request);
  const parts = storage.index.listParts(row.content);
  const isSame =
    parts.length === listed.length &&
    listed.every(({ number, etag }, at) => parts[at]?.number === number && bare(parts[at]?.etag) === etag);
  if (!isSame) throw noSuchUpload(request);
  checkPromises(request, row.size, row.checksum, row.checksum);
  return answer(request, row);
}

function answer(request: S3Request, { bucket, key, etag, checksum }: ObjectRow): Reply {
  const body = [
    xml("Location", `http://${request.raw.headers.host}/${bucket}/${encodeURIComponent(key.toString("utf8"))}`),
    xml("Bucket", bucket),
    xml("Key", key.toString("utf8")),
    xml("ETag", etag),
    checksum ? xml(checksumElement(checksum.algorithm), checksum.value) : "",
    xml("ChecksumType", checksum?.type),
  ];
  return { status: 200, body: xmlDocument("CompleteMultipartUploadResult", body) };
}

const bare = (etag = ""): string => etag.replaceAll('"', "");

/** The parts in ascending order. If a part was sent twice and is listed twice, the later one counts. */
function readList(root: ReturnType<typeof parse>): Listed[] {
  const listed: Listed[] = [];
  for (const part of root.children.filter(({ name }) => name === "Part")) {
    const number = Number(childText(part, "PartNumber"));
    if (!Number.isInteger(number)) throw new S3Error("MalformedXML");
    const before = listed.at(-1)?.number ?? 0;
    if (number < before) throw new S3Error("InvalidPartOrder");
    if (number === before) listed.pop();
    const checksums = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
      const value = childText(part, checksumElement(algorithm));
      return value === undefined ? [] : [{ algorithm, value }];
    });
    listed.push({ number, etag: bare(childText(part, "ETag")), checksums });
  }
  if (listed.length === 0 || listed.length > MAX_PARTS) throw new S3Error("MalformedXML");
  return listed;
}

function chooseParts(all: PartRow[], upload: UploadRow, listed: Listed[]): PartRow[] {
  const present = new Map(all.map((part) => [part.number, part]));
  return listed.map(({ number, etag, checksums }, index) => {
    const part = present.get(number);
    const details = { UploadId: upload.id, PartNumber: String(number), ETag: etag };
    if (!part || bare(part.etag) !== etag) throw new S3Error("InvalidPart", undefined, { details });
    for (const { algorithm, value } of checksums) {
      const isKnown = algorithm === part.checksum?.algorithm;
      if (isKnown && value !== part.checksum?.value) throw new S3Error("InvalidPart", undefined, { details });
      if (!isKnown && upload.algorithm) {
        const name = algorithm.toLowerCase();
        throw new S3Error("BadDigest", `The ${name} you specified for part ${number} did not match what we received.`);
      }
    }
    if (upload.type === "COMPOSITE" && !checksums.some(({ algorithm }) => algorithm === upload.algorithm)) {
      throw new S3Error(
        "InvalidRequest",
        `The upload was created using a ${upload.algorithm?.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
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

/** An upload that was created without an algorithm gets the CRC64NVME of the whole, as on S3. */
async function wholeChecksum(upload: UploadRow, parts: PartRow[]): Promise<Checksum | undefined> {
  const algorithm = upload.algorithm ?? "CRC64NVME";
  const values = parts.flatMap(({ size, checksum }) =>
    checksum?.algorithm === algorithm ? [{ size, value: checksum.value }] : [],
  );
  if (values.length < parts.length) return undefined;
  return combineChecksums(algorithm, upload.type ?? "FULL_OBJECT", values);
}

/**
 * Compares the whole with what the client announced. Throws BadDigest (also for another type, as documented) and
 * InvalidRequest.
 */
function checkPromises(
  request: S3Request,
  size: number,
  checksum: Checksum | undefined,
  chosen: Pick<UploadRow, "type"> | undefined,
): void {
  const promisedSize = header(request, "x-amz-mp-object-size");
  if (promisedSize !== undefined && Number(promisedSize) !== size) {
    throw new S3Error(
      "InvalidRequest",
      `The provided 'x-amz-mp-object-size' header value ${promisedSize} does not match what was computed: ${size}`,
    );
  }
  const type = chosen?.type ?? "FULL_OBJECT";
  const promisedType = header(request, "x-amz-checksum-type");
  if (promisedType !== undefined && promisedType !== type) {
    throw new S3Error(
      "BadDigest",
      `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const promised = header(request, checksumHeader(algorithm));
    if (promised === undefined || (algorithm === checksum?.algorithm && promised === checksum.value)) continue;
    throw new S3Error("BadDigest", `The ${algorithm} you specified did not match the calculated checksum.`);
  }
}

function multipartEtag(parts: PartRow[]): string {
  const hash = createHash("md5");
  for (const part of parts) hash.update(Buffer.from(bare(part.etag), "hex"));
  return `"${hash.digest("hex")}-${parts.length}"`;
}
