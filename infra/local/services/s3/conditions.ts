/** Conditional reads and writes ("Conditional requests" in the user guide, RFC 9110 for the order of evaluation). */
import { S3Error } from "./errors.ts";
import { missingObject } from "./missing.ts";
import { header, type S3Request } from "./request.ts";

type Validators = { etag: string; modified: number };

/** Throws PreconditionFailed, or NotModified with the headers that a 304 repeats. The prefix serves x-amz-copy-source-if-…. */
export function checkReadConditions(request: S3Request, object: Validators, prefix = ""): void {
  const modifiedSecond = Math.floor(object.modified / 1000) * 1000;
  const ifMatch = header(request, `${prefix}if-match`);
  const ifNoneMatch = header(request, `${prefix}if-none-match`);
  const modifiedSince = parseDate(header(request, `${prefix}if-modified-since`));
  const unmodifiedSince = parseDate(header(request, `${prefix}if-unmodified-since`));
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.etag)) throw failed("If-Match");
  } else if (unmodifiedSince !== undefined && modifiedSecond > unmodifiedSince) {
    throw failed("If-Unmodified-Since");
  }
  const isUnchanged =
    ifNoneMatch !== undefined
      ? matches(ifNoneMatch, object.etag)
      : modifiedSince !== undefined && modifiedSince <= request.now.getTime() && modifiedSecond <= modifiedSince;
  if (!isUnchanged) return;
  if (prefix !== "") throw failed(ifNoneMatch === undefined ? "If-Modified-Since" : "If-None-Match");
  throw new S3Error("NotModified", undefined, {
    headers: { etag: object.etag, "last-modified": new Date(object.modified).toUTCString() },
  });
}

/** If-Range: whether the client's part is of this object. If not, the whole object is answered. */
export function isSameForRange(request: S3Request, object: Validators): boolean {
  const value = header(request, "if-range")?.trim();
  if (value === undefined) return true;
  if (/^(W\/)?"/.test(value)) return !value.startsWith("W/") && matches(value, object.etag);
  return parseDate(value) === Math.floor(object.modified / 1000) * 1000;
}

export type WriteConditions = { ifMatch: string | undefined; ifNoneMatch: boolean };

/** If-Match with an ETag, or `If-None-Match: *`, of a write. Throws NotImplemented for other values, as S3 does. */
export function writeConditions(request: S3Request): WriteConditions | undefined {
  const ifMatch = header(request, "if-match");
  const ifNoneMatch = header(request, "if-none-match");
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw notImplemented("If-Match,If-None-Match", "Multiple conditional request headers present in the request");
  }
  const refused =
    ifMatch?.trim() === "*" ? "If-Match" : (ifNoneMatch ?? "*").trim() === "*" ? undefined : "If-None-Match";
  if (refused) throw notImplemented(refused, `We don't accept the provided value of ${refused} header for this API`);
  return { ifMatch, ifNoneMatch: ifNoneMatch !== undefined };
}

/** Checked when the request arrives, and again in the transaction that creates the object. */
export function checkWriteConditions(
  request: S3Request,
  conditions: WriteConditions | undefined,
  existing: Validators | undefined,
): void {
  if (conditions?.ifNoneMatch && existing) throw failed("If-None-Match");
  if (conditions?.ifMatch === undefined) return;
  if (!existing) throw missingObject(request);
  if (!matches(conditions.ifMatch, existing.etag)) throw failed("If-Match");
}

const notImplemented = (name: string, additionalMessage: string): S3Error =>
  new S3Error("NotImplemented", undefined, { details: { Header: name, additionalMessage } });

export const failed = (condition: string): S3Error =>
  new S3Error("PreconditionFailed", undefined, { details: { Condition: condition } });

export function matches(list: string, etag: string): boolean {
  const bare = (tag: string): string => tag.trim().replace(/^W\//, "").replaceAll('"', "");
  return list.split(",").some((tag) => tag.trim() === "*" || bare(tag) === bare(etag));
}

/** An invalid date is ignored. */
function parseDate(value: string | undefined): number | undefined {
  const time = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}
