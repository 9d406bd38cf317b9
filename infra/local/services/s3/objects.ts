/** Objects that are put or read in one request. */
import { randomBytes } from "node:crypto";
import { promisedChecksum } from "./body.ts";
import { type Checksum, checksumHeader } from "./checksums.ts";
import {
  checkReadConditions,
  checkWriteConditions,
  isSameForRange,
  type WriteConditions,
  writeConditions,
} from "./conditions.ts";
import { S3Error } from "./errors.ts";
import type { ObjectProperties, ObjectRow } from "./index-db.ts";
import { metadataHeaders } from "./metadata.ts";
import { missingObject } from "./missing.ts";
import { refuseDenied } from "./policy.ts";
import { readProperties, refuseUnsupported } from "./properties.ts";
import { parseRange } from "./range.ts";
import { header, integerParameter, type Reply, type S3Request } from "./request.ts";
import { discard, type LooseFile, openRange, replaceObject, type Storage, singlePart, storeBody } from "./storage.ts";
import { parseXml } from "./xml.ts";

const MAX_PUT_BYTES = 5 * 1024 ** 3;

export const checksumHeaders = (checksum: Checksum | undefined): Record<string, string> =>
  checksum ? { [checksumHeader(checksum.algorithm)]: checksum.value, "x-amz-checksum-type": checksum.type } : {};

/** The object. Throws NoSuchKey, or AccessDenied if the caller may not list the bucket. */
export function getRow(storage: Storage, request: S3Request): ObjectRow {
  const row = storage.index.findObject(request.bucket, request.key);
  if (!row) throw missingObject(request);
  return row;
}

export async function putObject(storage: Storage, request: S3Request): Promise<Reply> {
  refuseUnsupported(request);
  const properties = readProperties(request);
  const conditions = writeConditions(request);
  checkWriteConditions(request, conditions, storage.index.findObject(request.bucket, request.key));
  const length = Number(request.raw.headers["content-length"] ?? 0);
  if (length > MAX_PUT_BYTES) throw new S3Error("EntityTooLarge");
  const { bucket, key } = request;
  return storage.writes.run(bucket, key, async (write) => {
    const loose = await storeBody(storage, request, promisedChecksum(request)?.algorithm ?? "CRC64NVME");
    const { etag, checksum } = becomeObject(storage, request, { loose, properties, conditions, write }, "Put");
    return { status: 200, headers: { etag, ...checksumHeaders(checksum) } };
  });
}

/**
 * Received bytes, and the conditions under which they become an object. `write.conflict`: the object was deleted
 * meanwhile.
 */
type Arrived = {
  loose: LooseFile;
  properties: ObjectProperties;
  conditions: WriteConditions | undefined;
  write: { readonly conflict: boolean };
};

/** Makes a loose file the object of the request's key. Throws, and stores nothing, when a condition does not hold. */
export function becomeObject(storage: Storage, request: S3Request, arrived: Arrived, by: "Put" | "Copy"): ObjectRow {
  const { loose, properties, conditions, write } = arrived;
  const row: ObjectRow = {
    ...properties,
    bucket: request.bucket,
    key: request.key,
    content: randomBytes(16).toString("hex"),
    size: loose.size,
    etag: `"${loose.md5.toString("hex")}"`,
    modified: request.now.getTime(),
    partCount: 0,
    checksum: loose.checksum && { ...loose.checksum, type: "FULL_OBJECT" },
  };
  try {
    const replaced = storage.index.transaction(() => {
      checkWriteConditions(request, conditions, storage.index.findObject(row.bucket, row.key));
      if (conditions && write.conflict) throw new S3Error("ConditionalRequestConflict");
      storage.index.putPart(row.content, singlePart(loose, row.etag, row.modified));
      return replaceObject(storage, row, `ObjectCreated:${by}`);
    });
    discard(storage, replaced);
  } catch (error) {
    discard(storage, [loose.file]);
    throw error;
  }
  return row;
}

/** Response headers that a signed request may override, by query parameter. */
const OVERRIDES = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
];

export function getObject(storage: Storage, request: S3Request): Reply {
  const row = getRow(storage, request);
  refuseDenied(storage, request, row);
  checkReadConditions(request, row);
  const partNumber = request.query.has("partNumber")
    ? integerParameter(request, "partNumber", 1, 1, 10_000)
    : undefined;
  if (partNumber !== undefined && header(request, "range") !== undefined) {
    throw new S3Error("InvalidRequest", "Cannot specify both Range header and partNumber query parameter");
  }
  const part = partNumber === undefined ? undefined : partSlice(storage, row, partNumber);
  const asked = part ?? parseRange(isSameForRange(request, row) ? header(request, "range") : undefined, row.size);
  // An empty object has no range.
  const range = asked && asked.end >= asked.start ? asked : undefined;
  const { start, end } = range ?? { start: 0, end: row.size - 1 };
  const checksum = part ? part.checksum : range ? undefined : row.checksum;
  const headers: Record<string, string> = {
    ...row.headers,
    etag: row.etag,
    "last-modified": new Date(row.modified).toUTCString(),
    "accept-ranges": "bytes",
    "content-length": String(Math.max(0, end - start + 1)),
    ...metadataHeaders(row.meta),
    ...(range ? { "content-range": `bytes ${start}-${end}/${row.size}` } : {}),
    ...(partNumber !== undefined && row.partCount > 0 ? { "x-amz-mp-parts-count": String(row.partCount) } : {}),
    ...(Object.keys(row.tags).length > 0 ? { "x-amz-tagging-count": String(Object.keys(row.tags).length) } : {}),
    ...(header(request, "x-amz-checksum-mode")?.toUpperCase() === "ENABLED" ? checksumHeaders(checksum) : {}),
  };
  for (const name of OVERRIDES) {
    const value = request.query.get(`response-${name}`);
    if (value === undefined) continue;
    if (/[\u0000-\u001f\u007f]/.test(value))
      throw new S3Error("InvalidArgument", `response-${name} has a control character.`);
    headers[name] = Buffer.from(value, "utf8").toString("latin1");
  }
  const status = range ? 206 : 200;
  if (request.method === "HEAD") return { status, headers };
  return { status, headers, body: openRange(storage, row, start, end) };
}

type Slice = { start: number; end: number; checksum: Checksum | undefined };

/** The range of a part number. An object that was put in one piece is its own part 1. */
function partSlice(storage: Storage, row: ObjectRow, number: number): Slice {
  if (row.partCount === 0 && number === 1) return { start: 0, end: row.size - 1, checksum: row.checksum };
  let start = 0;
  for (const part of row.partCount === 0 ? [] : storage.index.listParts(row.content)) {
    const { checksum } = part;
    if (part.number === number) {
      const type = row.checksum?.type ?? "FULL_OBJECT";
      return { start, end: start + part.size - 1, checksum: checksum && { ...checksum, type } };
    }
    start += part.size;
  }
  throw new S3Error("InvalidPartNumber", undefined, {
    details: { PartNumberRequested: String(number), ActualPartCount: String(Math.max(1, row.partCount)) },
  });
}

/** The root of an XML body. Throws MalformedXML if it has another name. */
export function parse(source: string, root: string): ReturnType<typeof parseXml> {
  try {
    const element = parseXml(source);
    if (element.name === root) return element;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new S3Error("MalformedXML");
}
