/** Copies stored objects: whole ones, and ranges as parts. */
import { type Checksum, checksumElement, findAlgorithm } from "./checksums.ts";
import { checkReadConditions, checkWriteConditions, writeConditions } from "./conditions.ts";
import { S3Error } from "./errors.ts";
import type { ObjectRow } from "./index-db.ts";
import { missingObject } from "./missing.ts";
import { becomeObject } from "./objects.ts";
import { refuseDenied } from "./policy.ts";
import { readProperties, readTagsHeader, refuseUnsupported } from "./properties.ts";
import { header, type Reply, type S3Request } from "./request.ts";
import { openRange, type Storage, storeCopy } from "./storage.ts";
import { NULL_VERSION } from "./versions.ts";
import { xml, xmlDocument } from "./xml.ts";

/** The object that x-amz-copy-source names. */
export function copySource(storage: Storage, request: S3Request): ObjectRow {
  const [path = "", query = ""] = splitQuery(header(request, "x-amz-copy-source") ?? "");
  const source = decode(path).replace(/^\//, "");
  const slash = source.indexOf("/");
  if (slash < 1 || slash === source.length - 1)
    throw new S3Error("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
  const version = new URLSearchParams(query).get("versionId");
  if (version !== null && version !== NULL_VERSION)
    throw new S3Error("InvalidArgument", "Invalid version id specified");
  const [bucket, key] = [source.slice(0, slash), Buffer.from(source.slice(slash + 1))];
  if (!storage.index.findBucket(bucket))
    throw new S3Error("NoSuchBucket", undefined, { details: { BucketName: bucket } });
  const row = storage.index.findObject(bucket, key);
  if (!row) throw missingObject(request, bucket, key);
  refuseDenied(storage, request, row);
  checkReadConditions(request, row, "x-amz-copy-source-");
  return row;
}

/** A question mark in a key must be encoded; an unencoded one begins the version. */
function splitQuery(source: string): string[] {
  const at = source.indexOf("?versionId=");
  return at < 0 ? [source] : [source.slice(0, at), source.slice(at + 1)];
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new S3Error("InvalidArgument", "Copy Source must be URL-encoded");
  }
}

/**
 * The bytes that a part is copied from. Other than a GET's, the range must be bytes=first-last within the source (header
 * x-amz-copy-source-range of UploadPartCopy in the S3 API reference). Throws InvalidArgument.
 */
export function copySourceRange(request: S3Request, size: number): { start: number; end: number } {
  const value = header(request, "x-amz-copy-source-range");
  if (value === undefined) return { start: 0, end: size - 1 };
  const details = { ArgumentName: "x-amz-copy-source-range", ArgumentValue: value };
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(value.trim()) ?? [];
  if (first === undefined || last === undefined || Number(first) > Number(last)) {
    throw new S3Error(
      "InvalidArgument",
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      { details },
    );
  }
  if (Number(last) >= size) {
    throw new S3Error("InvalidArgument", `Range specified is not valid for source object of size: ${size}`, {
      details,
    });
  }
  return { start: Number(first), end: Number(last) };
}

export async function copyObject(storage: Storage, request: S3Request): Promise<Reply> {
  refuseUnsupported(request);
  const conditions = writeConditions(request);
  const source = copySource(storage, request);
  const { bucket, key } = request;
  const replaces = directive(request, "x-amz-metadata-directive");
  if (!replaces && source.bucket === bucket && source.key.equals(key) && isPlainCopy(request)) {
    throw new S3Error(
      "InvalidRequest",
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  checkWriteConditions(request, conditions, storage.index.findObject(bucket, key));
  const { headers, meta } = replaces ? readProperties(request) : source;
  const tags = directive(request, "x-amz-tagging-directive")
    ? readTagsHeader(header(request, "x-amz-tagging"))
    : source.tags;
  const wanted = header(request, "x-amz-checksum-algorithm");
  const algorithm = (wanted === undefined ? source.checksum?.algorithm : findAlgorithm(wanted)) ?? "CRC64NVME";
  const body = openRange(storage, source, 0, source.size - 1);
  return storage.writes.run(bucket, key, async (write) => {
    try {
      const loose = await storeCopy(storage, body, algorithm);
      const arrived = { loose, properties: { headers, meta, tags }, conditions, write };
      const { etag, modified, checksum } = becomeObject(storage, request, arrived, "Copy");
      return { status: 200, body: copyResult("CopyObjectResult", etag, modified, checksum) };
    } finally {
      body.release();
    }
  });
}

/** Whether REPLACE is asked for. Throws InvalidArgument when it is neither that nor COPY. */
function directive(request: S3Request, name: string): boolean {
  const value = header(request, name)?.toUpperCase() ?? "COPY";
  if (value !== "COPY" && value !== "REPLACE") throw new S3Error("InvalidArgument", `Unknown ${name}: ${value}`);
  return value === "REPLACE";
}

const isPlainCopy = (request: S3Request): boolean =>
  ["x-amz-storage-class", "x-amz-server-side-encryption", "x-amz-checksum-algorithm"].every(
    (name) => header(request, name) === undefined,
  );

export const copyResult = (
  root: string,
  etag: string,
  modified: number,
  checksum: (Pick<Checksum, "algorithm" | "value"> & { type?: Checksum["type"] }) | undefined,
): string =>
  xmlDocument(root, [
    xml("LastModified", new Date(modified).toISOString()),
    xml("ETag", etag),
    checksum ? xml(checksumElement(checksum.algorithm), checksum.value) : "",
    xml("ChecksumType", checksum?.type),
  ]);
