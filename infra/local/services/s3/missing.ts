/**
 * How a request learns that an object is missing: only a caller who may list the bucket learns it ("Permissions" of
 * GetObject and HeadObject in the S3 API reference). Any other caller gets "access denied".
 */
import { S3Error } from "./errors.ts";
import type { S3Request } from "./request.ts";

/** NoSuchKey or AccessDenied, for the request's own object or the named one. */
export function missingObject(request: S3Request, bucket: string = request.bucket, key: Buffer = request.key): S3Error {
  if (!request.mayList(bucket)) return listingDenied(bucket);
  return new S3Error("NoSuchKey", undefined, { details: { Key: key.toString("utf8") } });
}

/** For operations that need the right to list. Throws AccessDenied. */
export function requireListing(request: S3Request): void {
  if (!request.mayList(request.bucket)) throw listingDenied(request.bucket);
}

const listingDenied = (bucket: string): S3Error =>
  new S3Error(
    "AccessDenied",
    `The caller is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::${bucket}"`,
  );
