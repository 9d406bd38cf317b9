/** Buckets and their configuration. */
import { receiveText } from "./body.ts";
import type { CorsRule } from "./cors.ts";
import { S3Error } from "./errors.ts";
import type { BucketRow } from "./index-db.ts";
import type { LifecycleRule } from "./lifecycle.ts";
import { requireListing } from "./missing.ts";
import { parse } from "./objects.ts";
import { ownerXml } from "./owner.ts";
import { stored } from "./policy.ts";
import type { Reply, S3Request } from "./request.ts";
import type { Storage } from "./storage.ts";
import { childText, childTexts, xml, xmlDocument } from "./xml.ts";

export type BucketDeclaration = {
  name: string;
  cors: CorsRule[];
  abortIncompleteMultipartAfterDays?: number;
  /** Its policy, as JSON. */
  policy?: string;
  /** The id of the notification configuration for its new objects. */
  notifications?: string;
};

const MAX_XML_BYTES = 64 * 1024;

export const corsRules = (bucket: BucketRow | undefined): CorsRule[] =>
  bucket?.cors ? (JSON.parse(bucket.cors) as CorsRule[]) : [];

/** Creates the declared bucket if it is missing, and sets its configuration. */
export function declareBucket(storage: Storage, bucket: BucketDeclaration, now: Date): void {
  const { index } = storage;
  index.createBucket(bucket.name, now.getTime());
  index.configureBucket(bucket.name, "cors", bucket.cors.length > 0 ? JSON.stringify(bucket.cors) : null);
  index.configureBucket(bucket.name, "policy", bucket.policy ? stored(bucket.policy, bucket.name) : null);
  const days = bucket.abortIncompleteMultipartAfterDays;
  const rule: LifecycleRule = { id: "abort-unfinished", enabled: true, prefix: "", abortAfterDays: days ?? 0 };
  index.configureBucket(bucket.name, "lifecycle", days === undefined ? null : JSON.stringify([rule]));
}

export function listBuckets(storage: Storage): Reply {
  const buckets = storage.index
    .listBuckets()
    .map(({ name, created }) =>
      xml("Bucket", [xml("Name", name), xml("CreationDate", new Date(created).toISOString())]),
    );
  return { status: 200, body: xmlDocument("ListAllMyBucketsResult", [ownerXml, xml("Buckets", buckets)]) };
}

export async function createBucket(storage: Storage, request: S3Request): Promise<Reply> {
  const { bucket } = request;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || /\.\.|^\d+\.\d+\.\d+\.\d+$/.test(bucket))
    throw new S3Error("InvalidBucketName", undefined, { details: { BucketName: bucket } });
  if (Number(request.raw.headers["content-length"] ?? 0) > 0) await receiveText(request, { maxBytes: MAX_XML_BYTES });
  storage.index.createBucket(bucket, request.now.getTime());
  return { status: 200, headers: { location: `/${bucket}` } };
}

export function headBucket(request: S3Request, region: string): Reply {
  requireListing(request);
  return { status: 200, headers: { "x-amz-bucket-region": region } };
}

export function deleteBucket(storage: Storage, request: S3Request): Reply {
  if (!storage.index.isBucketEmpty(request.bucket)) throw new S3Error("BucketNotEmpty");
  storage.index.deleteBucket(request.bucket);
  return { status: 204 };
}

export function getCors(bucket: BucketRow): Reply {
  const rules = corsRules(bucket);
  if (rules.length === 0) throw new S3Error("NoSuchCORSConfiguration");
  const all = (name: string, values: string[]): string => values.map((value) => xml(name, value)).join("");
  const body = rules.map((rule) =>
    xml("CORSRule", [
      all("AllowedOrigin", rule.allowedOrigins),
      all("AllowedMethod", rule.allowedMethods),
      all("AllowedHeader", rule.allowedHeaders),
      all("ExposeHeader", rule.exposeHeaders),
      xml("MaxAgeSeconds", rule.maxAgeSeconds),
    ]),
  );
  return { status: 200, body: xmlDocument("CORSConfiguration", body) };
}

export async function putCors(storage: Storage, request: S3Request): Promise<Reply> {
  const root = parse(
    await receiveText(request, { maxBytes: MAX_XML_BYTES, mustHaveDigest: true }),
    "CORSConfiguration",
  );
  const rules = root.children.map((rule): CorsRule => {
    const maxAge = childText(rule, "MaxAgeSeconds");
    return {
      allowedOrigins: childTexts(rule, "AllowedOrigin"),
      allowedMethods: childTexts(rule, "AllowedMethod"),
      allowedHeaders: childTexts(rule, "AllowedHeader"),
      exposeHeaders: childTexts(rule, "ExposeHeader"),
      ...(maxAge === undefined ? {} : { maxAgeSeconds: Number(maxAge) }),
    };
  });
  if (
    rules.length === 0 ||
    rules.some((rule) => rule.allowedOrigins.length === 0 || rule.allowedMethods.length === 0)
  ) {
    throw new S3Error("MalformedXML");
  }
  storage.index.configureBucket(request.bucket, "cors", JSON.stringify(rules));
  return { status: 200 };
}

export function deleteCors(storage: Storage, request: S3Request): Reply {
  storage.index.configureBucket(request.bucket, "cors", null);
  return { status: 204 };
}

export function getLocation(region: string): Reply {
  return { status: 200, body: xmlDocument("LocationConstraint", region === "us-east-1" ? [] : [region]) };
}
