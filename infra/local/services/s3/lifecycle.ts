/**
 * Lifecycle rules of a bucket: unfinished uploads are aborted, and objects deleted, a number of days after they began.
 */
import { receiveText } from "./body.ts";
import { S3Error } from "./errors.ts";
import { parse } from "./objects.ts";
import type { Reply, S3Request } from "./request.ts";
import { removeObject, removeUpload, type Storage } from "./storage.ts";
import { childText, type XmlElement, xml, xmlDocument } from "./xml.ts";

export type LifecycleRule = {
  id: string;
  enabled: boolean;
  prefix: string;
  abortAfterDays?: number;
  expireAfterDays?: number;
};

const MAX_XML_BYTES = 64 * 1024;
const DAY = 24 * 3600 * 1000;
/** Elements that S3 understands and this engine does not implement. */
const NOT_DONE = ["Transition", "NoncurrentVersionTransition", "NoncurrentVersionExpiration"];

const rulesOf = (text: string | null | undefined): LifecycleRule[] => JSON.parse(text ?? "[]") as LifecycleRule[];

/** Applies every bucket's rules to what is due. */
export function runLifecycle(storage: Storage, now: Date): void {
  const { index } = storage;
  for (const bucket of index.listBuckets()) {
    for (const { enabled, prefix, abortAfterDays, expireAfterDays } of rulesOf(bucket.lifecycle)) {
      if (!enabled) continue;
      const before = (days: number): number => now.getTime() - days * DAY;
      if (abortAfterDays !== undefined) {
        const due = index.listUploadsOlderThan(bucket.name, prefix, before(abortAfterDays));
        for (const upload of due) removeUpload(storage, upload.id);
      }
      if (expireAfterDays !== undefined) {
        const due = index.listObjectsOlderThan(bucket.name, prefix, before(expireAfterDays));
        for (const key of due) removeObject(storage, bucket.name, key);
      }
    }
  }
}

export function getLifecycle(storage: Storage, request: S3Request): Reply {
  const rules = rulesOf(storage.index.findBucket(request.bucket)?.lifecycle);
  if (rules.length === 0) throw new S3Error("NoSuchLifecycleConfiguration");
  const body = rules.map(({ id, enabled, prefix, abortAfterDays, expireAfterDays }) =>
    xml("Rule", [
      xml("ID", id),
      xml("Filter", [xml("Prefix", prefix)]),
      xml("Status", enabled ? "Enabled" : "Disabled"),
      expireAfterDays === undefined ? "" : xml("Expiration", [xml("Days", expireAfterDays)]),
      abortAfterDays === undefined
        ? ""
        : xml("AbortIncompleteMultipartUpload", [xml("DaysAfterInitiation", abortAfterDays)]),
    ]),
  );
  return { status: 200, body: xmlDocument("LifecycleConfiguration", body) };
}

export async function putLifecycle(storage: Storage, request: S3Request): Promise<Reply> {
  const text = await receiveText(request, { maxBytes: MAX_XML_BYTES, mustHaveDigest: true });
  const rules = parse(text, "LifecycleConfiguration").children.map(readRule);
  if (rules.length === 0) throw new S3Error("MalformedXML");
  storage.index.configureBucket(request.bucket, "lifecycle", JSON.stringify(rules));
  return { status: 200 };
}

function readRule(rule: XmlElement, at: number): LifecycleRule {
  const child = (parent: XmlElement | undefined, name: string) => parent?.children.find((one) => one.name === name);
  const unknown = NOT_DONE.find((name) => child(rule, name));
  if (unknown) throw new S3Error("NotImplemented", `${unknown} is not implemented here.`);
  const status = childText(rule, "Status");
  const filter = child(rule, "Filter");
  if (filter?.children.some(({ name }) => name !== "Prefix")) {
    throw new S3Error("NotImplemented", "A rule is filtered by its prefix alone here.");
  }
  const abortAfterDays = days(child(rule, "AbortIncompleteMultipartUpload"), "DaysAfterInitiation");
  const expireAfterDays = days(child(rule, "Expiration"), "Days");
  if (!/^(En|Dis)abled$/.test(status ?? "") || (abortAfterDays ?? expireAfterDays) === undefined) {
    throw new S3Error("MalformedXML");
  }
  return {
    id: childText(rule, "ID") ?? `rule-${at + 1}`,
    enabled: status === "Enabled",
    prefix: (filter ? childText(filter, "Prefix") : childText(rule, "Prefix")) ?? "",
    ...(abortAfterDays === undefined ? {} : { abortAfterDays }),
    ...(expireAfterDays === undefined ? {} : { expireAfterDays }),
  };
}

function days(action: XmlElement | undefined, name: string): number | undefined {
  const text = action && childText(action, name);
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new S3Error("InvalidArgument", `'${name}' must be a positive integer.`);
  return Number(text);
}

export function deleteLifecycle(storage: Storage, request: S3Request): Reply {
  storage.index.configureBucket(request.bucket, "lifecycle", null);
  return { status: 204 };
}
