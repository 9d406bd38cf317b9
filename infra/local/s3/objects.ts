/** Objects put, read and deleted in one request. */
import { randomBytes } from "node:crypto";
import { promisedChecksum, receiveText } from "./body.ts";
import { type Checksum, checksumHeader, findAlgorithm } from "./checksums.ts";
import { checkReadConditions, checkWriteConditions, isSameForRange, writeConditions } from "./conditions.ts";
import { S3Error } from "./errors.ts";
import type { ObjectRow } from "./index-db.ts";
import { readProperties, refuseUnsupported } from "./properties.ts";
import { parseRange } from "./range.ts";
import { header, integerParameter, type Reply, type S3Request } from "./request.ts";
import {
  discard,
  openRange,
  removeObject,
  replaceObject,
  type Storage,
  singlePart,
  storeBody,
  storeCopy,
} from "./storage.ts";
import { childText, parseXml, xml, xmlDocument } from "./xml.ts";

const MAX_PUT_BYTES = 5 * 1024 ** 3;
const MAX_XML_BYTES = 2 * 1024 ** 2;
const MAX_DELETES = 1000;

const newContent = (): string => randomBytes(16).toString("hex");

export const checksumHeaders = (checksum: Checksum | undefined): Record<string, string> =>
  checksum ? { [checksumHeader(checksum.algorithm)]: checksum.value, "x-amz-checksum-type": checksum.type } : {};

/** The object, or NoSuchKey. */
export function getRow(storage: Storage, request: S3Request): ObjectRow {
  const row = storage.index.findObject(request.bucket, request.key);
  if (!row) throw new S3Error("NoSuchKey", undefined, { details: { Key: request.key.toString("utf8") } });
  return row;
}

export async function putObject(storage: Storage, request: S3Request): Promise<Reply> {
  refuseUnsupported(request);
  const properties = readProperties(request);
  const conditions = writeConditions(request);
  checkWriteConditions(conditions, storage.index.findObject(request.bucket, request.key));
  const length = Number(request.raw.headers["content-length"] ?? 0);
  if (length > MAX_PUT_BYTES) throw new S3Error("EntityTooLarge");
  const { bucket, key } = request;
  return storage.writes.run(bucket, key, async (write) => {
    const loose = await storeBody(storage, request, promisedChecksum(request)?.algorithm ?? "CRC64NVME");
    const etag = `"${loose.md5.toString("hex")}"`;
    const modified = request.now.getTime();
    const checksum = loose.checksum && { ...loose.checksum, type: "FULL_OBJECT" as const };
    const row: ObjectRow = {
      ...properties,
      bucket,
      key,
      content: newContent(),
      size: loose.size,
      etag,
      modified,
      partCount: 0,
      checksum,
    };
    try {
      discard(
        storage,
        storage.index.transaction(() => {
          checkWriteConditions(conditions, storage.index.findObject(bucket, key));
          if (conditions && write.conflict) throw new S3Error("ConditionalRequestConflict");
          storage.index.putPart(row.content, singlePart(loose, etag, modified));
          return replaceObject(storage, row, "ObjectCreated:Put");
        }),
      );
    } catch (error) {
      discard(storage, [loose.file]);
      throw error;
    }
    return { status: 200, headers: { etag, ...checksumHeaders(checksum) } };
  });
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
  checkReadConditions(request, row);
  const partNumber = request.query.has("partNumber")
    ? integerParameter(request, "partNumber", 1, 1, 10_000)
    : undefined;
  const range =
    partNumber === undefined
      ? parseRange(isSameForRange(request, row) ? header(request, "range") : undefined, row.size)
      : partRange(storage, row, partNumber);
  const { start, end } = range ?? { start: 0, end: row.size - 1 };
  const headers: Record<string, string> = {
    ...row.headers,
    etag: row.etag,
    "last-modified": new Date(row.modified).toUTCString(),
    "accept-ranges": "bytes",
    "content-length": String(Math.max(0, end - start + 1)),
    ...Object.fromEntries(Object.entries(row.meta).map(([name, value]) => [`x-amz-meta-${name}`, value])),
    ...(range ? { "content-range": `bytes ${start}-${end}/${row.size}` } : {}),
    ...(partNumber !== undefined && row.partCount > 0 ? { "x-amz-mp-parts-count": String(row.partCount) } : {}),
    ...(Object.keys(row.tags).length > 0 ? { "x-amz-tagging-count": String(Object.keys(row.tags).length) } : {}),
    ...(header(request, "x-amz-checksum-mode")?.toUpperCase() === "ENABLED" && !range
      ? checksumHeaders(row.checksum)
      : {}),
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

function partRange(storage: Storage, row: ObjectRow, number: number): { start: number; end: number } | undefined {
  if (row.partCount === 0) {
    if (number !== 1) throw new S3Error("InvalidPartNumber");
    return row.size === 0 ? undefined : { start: 0, end: row.size - 1 };
  }
  const parts = storage.index.listParts(row.content);
  const part = parts[number - 1];
  if (!part) throw new S3Error("InvalidPartNumber");
  const start = parts.slice(0, number - 1).reduce((sum, { size }) => sum + size, 0);
  return { start, end: start + part.size - 1 };
}

export function deleteObject(storage: Storage, request: S3Request): Reply {
  removeObject(storage, request.bucket, request.key);
  return { status: 204 };
}

export async function deleteObjects(storage: Storage, request: S3Request): Promise<Reply> {
  const root = parse(await receiveText(request, { maxBytes: MAX_XML_BYTES, mustHaveDigest: true }), "Delete");
  const keys = root.children.filter(({ name }) => name === "Object").map((object) => childText(object, "Key"));
  if (keys.length === 0 || keys.length > MAX_DELETES) throw new S3Error("MalformedXML");
  const quiet = childText(root, "Quiet") === "true";
  const deleted: string[] = [];
  for (const key of keys) {
    if (key === undefined) throw new S3Error("MalformedXML");
    removeObject(storage, request.bucket, Buffer.from(key));
    if (!quiet) deleted.push(xml("Deleted", [xml("Key", key)]));
  }
  return { status: 200, body: xmlDocument("DeleteResult", deleted) };
}

/** An XML body with the root that is expected; MalformedXML otherwise. */
export function parse(source: string, root: string): ReturnType<typeof parseXml> {
  try {
    const element = parseXml(source);
    if (element.name === root) return element;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new S3Error("MalformedXML");
}

/** The object, and the bytes of it, that x-amz-copy-source names. */
export function copySource(storage: Storage, request: S3Request): { row: ObjectRow; start: number; end: number } {
  const source = decodeURIComponent(header(request, "x-amz-copy-source") ?? "").replace(/^\//, "");
  const slash = source.indexOf("/");
  if (slash < 1)
    throw new S3Error("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
  const row = storage.index.findObject(source.slice(0, slash), Buffer.from(source.slice(slash + 1)));
  if (!row) throw new S3Error("NoSuchKey");
  checkReadConditions(request, row, "x-amz-copy-source-");
  const wanted = header(request, "x-amz-copy-source-range");
  const range = wanted === undefined ? undefined : parseRange(wanted, row.size);
  return { row, ...(range ?? { start: 0, end: row.size - 1 }) };
}

export async function copyObject(storage: Storage, request: S3Request): Promise<Reply> {
  refuseUnsupported(request);
  const { row: source, start, end } = copySource(storage, request);
  const replaces = header(request, "x-amz-metadata-directive")?.toUpperCase() === "REPLACE";
  const { headers, meta, tags } = replaces ? readProperties(request) : source;
  const wanted = header(request, "x-amz-checksum-algorithm");
  const algorithm = (wanted === undefined ? source.checksum?.algorithm : findAlgorithm(wanted)) ?? "CRC64NVME";
  const body = openRange(storage, source, start, end);
  try {
    const loose = await storeCopy(storage, body, algorithm);
    const etag = `"${loose.md5.toString("hex")}"`;
    const modified = request.now.getTime();
    const checksum = loose.checksum && { ...loose.checksum, type: "FULL_OBJECT" as const };
    const { bucket, key } = request;
    const row: ObjectRow = {
      headers,
      meta,
      tags,
      bucket,
      key,
      content: newContent(),
      size: loose.size,
      etag,
      modified,
      partCount: 0,
      checksum,
    };
    discard(
      storage,
      storage.index.transaction(() => {
        storage.index.putPart(row.content, singlePart(loose, etag, modified));
        return replaceObject(storage, row, "ObjectCreated:Copy");
      }),
    );
    return { status: 200, body: copyResult("CopyObjectResult", etag, modified) };
  } finally {
    body.release();
  }
}

export const copyResult = (root: string, etag: string, modified: number): string =>
  xmlDocument(root, [xml("LastModified", new Date(modified).toISOString()), xml("ETag", etag)]);
