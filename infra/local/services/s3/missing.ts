/**
 * How it is told that an object is not there: only to who may list the bucket ("Permissions" of GetObject and HeadObject
 * in the S3 API reference). To anybody else it is as if access was denied.
 */
import { S3Error } from "./errors.ts";
import type { S3Request } from "./request.ts";

/** NoSuchKey or AccessDenied: the request's own object, or the one that is named. */
export function missingObject(request: S3Request, bucket: string = request.bucket, key: Buffer = request.key): S3Error {
  if (!request.mayList(bucket)) return listingDenied(bucket);
  return new S3Error("NoSuchKey", undefined, { details: { Key: key.toString("utf8") } });
}

/** For what needs the right to list itself. Throws AccessDenied. */
export function requireListing(request: S3Request): void {
  if (!request.mayList(request.bucket)) throw listingDenied(request.bucket);
}

const listingDenied = (bucket: string): S3Error =>
  new S3Error(
    "AccessDenied",
    `The caller is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::${bucket}"`,
  );
