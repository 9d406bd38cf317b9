/** Listings of objects and of uploads under way. */

import { S3Error } from "./errors.ts";
import { AFTER_ALL_KEYS, afterPrefix } from "./index-db.ts";
import { integerParameter, type Reply, type S3Request } from "./request.ts";
import type { Storage } from "./storage.ts";
import { xml, xmlDocument } from "./xml.ts";

const PAGE = 1000;

type Entry<T> = { item: T } | { commonPrefix: Buffer };

/** Walks rows in key order, folding keys that share a prefix up to the delimiter into one entry. */
function walk<T extends { key: Buffer }>(
  read: (from: Buffer, to: Buffer, limit: number) => T[],
  options: { prefix: Buffer; delimiter: Buffer; from: Buffer; limit: number },
): { entries: Entry<T>[]; truncated: boolean } {
  const { prefix, delimiter, limit } = options;
  const end = afterPrefix(prefix);
  const entries: Entry<T>[] = [];
  let from = Buffer.compare(options.from, prefix) > 0 ? options.from : prefix;
  while (Buffer.compare(from, end) < 0) {
    const rows = read(from, end, limit + 1 - entries.length);
    let jumped = false;
    for (const row of rows) {
      if (entries.length === limit) return { entries, truncated: true };
      const at = delimiter.length === 0 ? -1 : row.key.indexOf(delimiter, prefix.length);
      if (at < 0) {
        entries.push({ item: row });
        from = Buffer.concat([row.key, Buffer.from([0])]);
        continue;
      }
      const commonPrefix = row.key.subarray(0, at + delimiter.length);
      entries.push({ commonPrefix });
      from = afterPrefix(commonPrefix);
      jumped = true;
      break;
    }
    if (!jumped) {
      if (rows.length < limit + 1 - entries.length || rows.length === 0) break;
    }
  }
  return { entries, truncated: false };
}

const encoder = (request: S3Request): ((key: Buffer | string) => string) => {
  const encoding = request.query.get("encoding-type");
  if (encoding !== undefined && encoding !== "url")
    throw new S3Error("InvalidArgument", "Invalid Encoding Method specified in Request");
  return (key) => (encoding === "url" ? encodeURIComponent(String(key)).replaceAll("%2F", "/") : String(key));
};

export function listObjects(storage: Storage, request: S3Request): Reply {
  const { query, bucket } = request;
  const v2 = query.get("list-type") === "2";
  const encode = encoder(request);
  const limit = Math.min(PAGE, integerParameter(request, "max-keys", PAGE, 0, 2 ** 31 - 1));
  const prefix = Buffer.from(query.get("prefix") ?? "");
  const delimiter = Buffer.from(query.get("delimiter") ?? "");
  const token = query.get("continuation-token");
  const after = v2 ? (query.get("start-after") ?? "") : (query.get("marker") ?? "");
  const from =
    v2 && token !== undefined
      ? readToken(token)
      : after === ""
        ? Buffer.alloc(0)
        : startAfter(after, prefix, delimiter);
  const read = (start: Buffer, to: Buffer, count: number) => storage.index.listObjects(bucket, start, to, count);
  const { entries, truncated } =
    limit === 0 ? { entries: [], truncated: false } : walk(read, { prefix, delimiter, from, limit });
  const last = entries.at(-1);
  const lastKey = last && ("item" in last ? last.item.key : last.commonPrefix);
  const nextFrom =
    last && ("item" in last ? Buffer.concat([last.item.key, Buffer.from([0])]) : afterPrefix(last.commonPrefix));
  const contents = entries.flatMap((entry) => {
    if (!("item" in entry)) return [];
    const { key, modified, etag, size, checksum } = entry.item;
    return xml("Contents", [
      xml("Key", encode(key.toString("utf8"))),
      xml("LastModified", new Date(modified).toISOString()),
      xml("ETag", etag),
      checksum ? xml("ChecksumAlgorithm", checksum.algorithm) + xml("ChecksumType", checksum.type) : "",
      xml("Size", size),
      xml("StorageClass", "STANDARD"),
    ]);
  });
  const prefixes = entries.flatMap((entry) =>
    "commonPrefix" in entry
      ? [xml("CommonPrefixes", [xml("Prefix", encode(entry.commonPrefix.toString("utf8")))])]
      : [],
  );
  const body = [
    xml("Name", bucket),
    xml("Prefix", encode(prefix)),
    xml("Delimiter", delimiter.length > 0 ? encode(delimiter) : undefined),
    xml("MaxKeys", limit),
    xml("EncodingType", query.get("encoding-type")),
    ...(v2
      ? [
          xml("KeyCount", entries.length),
          xml("ContinuationToken", token),
          xml("StartAfter", query.has("start-after") ? encode(after) : undefined),
          xml("NextContinuationToken", truncated && nextFrom ? nextFrom.toString("base64url") : undefined),
        ]
      : [
          xml("Marker", encode(after)),
          xml("NextMarker", truncated && lastKey ? encode(lastKey.toString("utf8")) : undefined),
        ]),
    xml("IsTruncated", truncated),
    ...contents,
    ...prefixes,
  ];
  return { status: 200, body: xmlDocument("ListBucketResult", body) };
}

/** After a common prefix that was listed, its keys are not listed again. */
function startAfter(after: string, prefix: Buffer, delimiter: Buffer): Buffer {
  const key = Buffer.from(after);
  const at = delimiter.length === 0 ? -1 : key.indexOf(delimiter, prefix.length);
  const isPrefix = at >= 0 && at + delimiter.length === key.length;
  return isPrefix ? afterPrefix(key) : Buffer.concat([key, Buffer.from([0])]);
}

function readToken(token: string): Buffer {
  const key = Buffer.from(token, "base64url");
  if (key.length === 0 || key.toString("base64url") !== token)
    throw new S3Error("InvalidArgument", "The continuation token provided is incorrect");
  return key;
}

export function listMultipartUploads(storage: Storage, request: S3Request): Reply {
  const { query, bucket } = request;
  const encode = encoder(request);
  const limit = Math.min(PAGE, integerParameter(request, "max-uploads", PAGE, 0, 2 ** 31 - 1));
  const prefix = Buffer.from(query.get("prefix") ?? "");
  const keyMarker = query.get("key-marker");
  const idMarker = query.get("upload-id-marker");
  const marked =
    keyMarker !== undefined && idMarker !== undefined
      ? storage.index.findUpload(bucket, Buffer.from(keyMarker), idMarker)
      : undefined;
  const marker =
    keyMarker === undefined
      ? undefined
      : { key: Buffer.from(keyMarker), created: marked?.created ?? Number.MAX_SAFE_INTEGER, id: marked?.id ?? "~" };
  const end = prefix.length === 0 ? AFTER_ALL_KEYS : afterPrefix(prefix);
  const rows = storage.index.listUploads(bucket, prefix, end, marker, limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const truncated = rows.length > limit;
  const body = [
    xml("Bucket", bucket),
    xml("KeyMarker", encode(keyMarker ?? "")),
    xml("UploadIdMarker", idMarker ?? ""),
    xml("NextKeyMarker", truncated && last ? encode(last.key.toString("utf8")) : undefined),
    xml("NextUploadIdMarker", truncated ? last?.id : undefined),
    xml("Prefix", encode(prefix)),
    xml("EncodingType", query.get("encoding-type")),
    xml("MaxUploads", limit),
    xml("IsTruncated", truncated),
    ...page.map((upload) =>
      xml("Upload", [
        xml("Key", encode(upload.key.toString("utf8"))),
        xml("UploadId", upload.id),
        xml("StorageClass", "STANDARD"),
        xml("Initiated", new Date(upload.created).toISOString()),
        xml("ChecksumAlgorithm", upload.algorithm),
        xml("ChecksumType", upload.type),
      ]),
    ),
  ];
  return { status: 200, body: xmlDocument("ListMultipartUploadsResult", body) };
}
