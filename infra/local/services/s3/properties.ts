/** What a client says about an object: standard headers, user metadata and tags. Unsupported headers are refused. */
import { parseQuery } from "../../core/sigv4.ts";
import { S3Error } from "./errors.ts";
import type { ObjectProperties } from "./index-db.ts";
import { decodeMetadata } from "./metadata.ts";
import { header, headersWithPrefix, type S3Request } from "./request.ts";

const STORED_HEADERS = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
];
const MAX_META_BYTES = 2048;

/** Headers that ask for what this engine does not implement; ignoring them would mislead the client. */
const UNSUPPORTED_HEADERS = [
  "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-copy-source-server-side-encryption-customer-algorithm",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-object-lock-legal-hold",
  "x-amz-website-redirect-location",
  "x-amz-write-offset-bytes",
  "x-amz-grant-read",
  "x-amz-grant-write",
  "x-amz-grant-full-control",
  "x-amz-grant-read-acp",
  "x-amz-grant-write-acp",
];

/** Throws for headers of a write that S3 would refuse on such a bucket, or that are not implemented. */
export function refuseUnsupported(request: S3Request): void {
  for (const name of UNSUPPORTED_HEADERS) {
    if (header(request, name) !== undefined)
      throw new S3Error("NotImplemented", undefined, { details: { Header: name } });
  }
  const encryption = header(request, "x-amz-server-side-encryption");
  if (encryption !== undefined && encryption !== "AES256") {
    throw new S3Error("NotImplemented", undefined, { details: { Header: "x-amz-server-side-encryption" } });
  }
  const acl = header(request, "x-amz-acl");
  if (acl !== undefined && acl !== "private" && acl !== "bucket-owner-full-control") {
    throw new S3Error("AccessControlListNotSupported");
  }
  const storageClass = header(request, "x-amz-storage-class");
  if (storageClass !== undefined && storageClass !== "STANDARD") throw new S3Error("InvalidStorageClass");
}

/** Headers, metadata and tags of a PutObject, CreateMultipartUpload or replacing CopyObject. */
export function readProperties(request: S3Request): ObjectProperties {
  const headers: Record<string, string> = {};
  for (const name of STORED_HEADERS) {
    const value = header(request, name);
    if (value !== undefined && value !== "") headers[name] = value;
  }
  const encodings = (headers["content-encoding"] ?? "").split(",");
  const kept = encodings.filter((one) => !["", "aws-chunked"].includes(one.trim().toLowerCase()));
  delete headers["content-encoding"];
  if (kept.length > 0) headers["content-encoding"] = kept.join(",").trim();
  headers["content-type"] ??= "binary/octet-stream";
  const given = Object.entries(headersWithPrefix(request, "x-amz-meta-"));
  const meta = Object.fromEntries(given.map(([name, value]) => [name, decodeMetadata(value)]));
  const size = Object.entries(meta).reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value), 0);
  if (size > MAX_META_BYTES)
    throw new S3Error("MetadataTooLarge", undefined, {
      details: { Size: String(size), MaxSizeAllowed: String(MAX_META_BYTES) },
    });
  return { headers, meta, tags: readTagsHeader(header(request, "x-amz-tagging")) };
}

/**
 * The tags of x-amz-tagging, which have the form of a query. Throws as checkTags does, and InvalidArgument for bad
 * escapes.
 */
export function readTagsHeader(value: string | undefined): Record<string, string> {
  const query = Buffer.from(value ?? "", "latin1").toString("utf8");
  let tags: [string, string][];
  try {
    tags = parseQuery(query);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw badTagsHeader(value ?? "");
  }
  if (new Set(tags.map(([name]) => name)).size !== tags.length) throw badTagsHeader(value ?? "");
  return checkTags(tags);
}

const badTagsHeader = (value: string): S3Error =>
  new S3Error(
    "InvalidArgument",
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    { details: { ArgumentName: "x-amz-tagging", ArgumentValue: value } },
  );

/**
 * Checks and sorts tags: at most ten, keys of 128 and values of 256 characters, no key twice ("Categorizing your
 * objects using tags"). Throws BadRequest and InvalidTag.
 */
export function checkTags(tags: readonly (readonly [string, string])[]): Record<string, string> {
  if (tags.length > 10) throw new S3Error("BadRequest", "Object tags cannot be greater than 10");
  for (const [name, value] of tags) {
    if (name === "" || name.length > 128)
      throw new S3Error("InvalidTag", "The TagKey you have provided is invalid", { details: { TagKey: name } });
    if (value.length > 256)
      throw new S3Error("InvalidTag", "The TagValue you have provided is invalid", {
        details: { TagKey: name, TagValue: value },
      });
    if (name.startsWith("aws:"))
      throw new S3Error("InvalidTag", "System tags cannot be added/updated by requester", {
        details: { TagKey: name },
      });
  }
  const result = Object.fromEntries([...tags].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  if (Object.keys(result).length !== tags.length)
    throw new S3Error("InvalidTag", "Cannot provide multiple Tags with the same key");
  return result;
}
