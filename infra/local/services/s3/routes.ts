/** The operation that a request asks for: by method, by whether it names a key, and by the query's sub-resource. */
import * as attributes from "./attributes.ts";
import * as buckets from "./buckets.ts";
import * as completion from "./completion.ts";
import * as copying from "./copying.ts";
import * as deletes from "./deletes.ts";
import { S3Error } from "./errors.ts";
import * as lifecycle from "./lifecycle.ts";
import * as listing from "./listing.ts";
import * as multipart from "./multipart.ts";
import * as objects from "./objects.ts";
import * as policy from "./policy.ts";
import { header, type Reply, type S3Request } from "./request.ts";
import type { Storage } from "./storage.ts";
import * as tagging from "./tagging.ts";
import * as versions from "./versions.ts";

export type Operation = { name: string; run: (storage: Storage, request: S3Request) => Reply | Promise<Reply> };

const SUBRESOURCES = [
  "acl",
  "policy",
  "notification",
  "encryption",
  "website",
  "logging",
  "replication",
  "object-lock",
  "retention",
  "legal-hold",
  "restore",
  "torrent",
  "select",
  "ownershipControls",
  "publicAccessBlock",
];

export function findOperation(request: S3Request, region: string): Operation {
  const { method, query, bucket, key } = request;
  for (const name of SUBRESOURCES) {
    // Buckets have policies; objects never do.
    if (name === "policy" && bucket !== "" && key.length === 0) continue;
    if (query.has(name)) throw new S3Error("NotImplemented", `The sub-resource ${name} is not implemented here.`);
  }
  if (bucket === "") return service(method);
  return key.length === 0 ? ofBucket(method, query, region) : ofObject(request);
}

function service(method: string): Operation {
  if (method !== "GET") throw new S3Error("MethodNotAllowed");
  return { name: "ListBuckets", run: buckets.listBuckets };
}

function ofBucket(method: string, query: ReadonlyMap<string, string>, region: string): Operation {
  if (query.has("cors")) {
    if (method === "GET")
      return { name: "GetBucketCors", run: (storage, { bucket }) => buckets.getCors(getBucket(storage, bucket)) };
    if (method === "PUT") return { name: "PutBucketCors", run: buckets.putCors };
    if (method === "DELETE") return { name: "DeleteBucketCors", run: buckets.deleteCors };
    throw new S3Error("MethodNotAllowed");
  }
  if (query.has("lifecycle")) {
    if (method === "GET") return { name: "GetBucketLifecycleConfiguration", run: lifecycle.getLifecycle };
    if (method === "PUT") return { name: "PutBucketLifecycleConfiguration", run: lifecycle.putLifecycle };
    if (method === "DELETE") return { name: "DeleteBucketLifecycle", run: lifecycle.deleteLifecycle };
    throw new S3Error("MethodNotAllowed");
  }
  if (query.has("policy")) {
    if (method === "GET")
      return { name: "GetBucketPolicy", run: (storage, { bucket }) => policy.getPolicy(getBucket(storage, bucket)) };
    if (method === "PUT") return { name: "PutBucketPolicy", run: policy.putPolicy };
    if (method === "DELETE") return { name: "DeleteBucketPolicy", run: policy.deletePolicy };
    throw new S3Error("MethodNotAllowed");
  }
  if (query.has("tagging")) throw new S3Error("NotImplemented", "Buckets have no tags here.");
  if (query.has("versioning")) {
    if (method === "GET") return { name: "GetBucketVersioning", run: versions.getVersioning };
    throw new S3Error("NotImplemented", "Buckets keep one version of each object here.");
  }
  if (method === "GET" && query.has("versions"))
    return { name: "ListObjectVersions", run: versions.listObjectVersions };
  if (method === "GET" && query.has("location"))
    return { name: "GetBucketLocation", run: () => buckets.getLocation(region) };
  if (method === "GET" && query.has("uploads"))
    return { name: "ListMultipartUploads", run: listing.listMultipartUploads };
  if (method === "GET")
    return { name: query.get("list-type") === "2" ? "ListObjectsV2" : "ListObjects", run: listing.listObjects };
  if (method === "POST" && query.has("delete")) return { name: "DeleteObjects", run: deletes.deleteObjects };
  if (method === "HEAD") return { name: "HeadBucket", run: (_, request) => buckets.headBucket(request, region) };
  if (method === "PUT") return { name: "CreateBucket", run: buckets.createBucket };
  if (method === "DELETE") return { name: "DeleteBucket", run: buckets.deleteBucket };
  throw new S3Error("MethodNotAllowed");
}

function ofObject(request: S3Request): Operation {
  const { method, query } = request;
  versions.checkVersionId(request);
  const copies = header(request, "x-amz-copy-source") !== undefined;
  if (query.has("uploadId")) {
    if (method === "PUT")
      return copies
        ? { name: "UploadPartCopy", run: multipart.uploadPartCopy }
        : { name: "UploadPart", run: multipart.uploadPart };
    if (method === "POST") return { name: "CompleteMultipartUpload", run: completion.completeMultipartUpload };
    if (method === "GET") return { name: "ListParts", run: multipart.listParts };
    if (method === "DELETE") return { name: "AbortMultipartUpload", run: multipart.abortMultipartUpload };
    throw new S3Error("MethodNotAllowed");
  }
  if (query.has("tagging")) {
    if (method === "GET") return { name: "GetObjectTagging", run: tagging.getTagging };
    if (method === "PUT") return { name: "PutObjectTagging", run: tagging.putTagging };
    if (method === "DELETE") return { name: "DeleteObjectTagging", run: tagging.deleteTagging };
    throw new S3Error("MethodNotAllowed");
  }
  if (method === "GET" && query.has("attributes"))
    return { name: "GetObjectAttributes", run: attributes.getAttributes };
  if (method === "POST" && query.has("uploads"))
    return { name: "CreateMultipartUpload", run: multipart.createMultipartUpload };
  if (method === "GET") return { name: "GetObject", run: objects.getObject };
  if (method === "HEAD") return { name: "HeadObject", run: objects.getObject };
  if (method === "PUT")
    return copies ? { name: "CopyObject", run: copying.copyObject } : { name: "PutObject", run: objects.putObject };
  if (method === "DELETE") return { name: "DeleteObject", run: deletes.deleteObject };
  throw new S3Error("MethodNotAllowed");
}

/** The bucket. Throws NoSuchBucket. */
export function getBucket(storage: Storage, name: string) {
  const bucket = storage.index.findBucket(name);
  if (!bucket) throw new S3Error("NoSuchBucket", undefined, { details: { BucketName: name } });
  return bucket;
}
