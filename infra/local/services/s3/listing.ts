/** Listings of objects and of uploads under way. */
import { S3Error } from "./errors.ts";
import { AFTER_ALL_KEYS, afterPrefix } from "./index-db.ts";
import { requireListing } from "./missing.ts";
import { initiatorXml, ownerXml } from "./owner.ts";
import { integerParameter, type Reply, type S3Request } from "./request.ts";
import type { Storage } from "./storage.ts";
import { encoder, objectElements, PAGE, startAfter, walk } from "./walk.ts";
import { xml, xmlDocument } from "./xml.ts";

export function listObjects(storage: Storage, request: S3Request): Reply {
  requireListing(request);
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
  // Version 1 always names owners, version 2 only on request.
  const owner = !v2 || query.get("fetch-owner") === "true" ? ownerXml : "";
  const read = (start: Buffer, to: Buffer, count: number) => storage.index.listObjects(bucket, start, to, count);
  const { entries, truncated } =
    limit === 0 ? { entries: [], truncated: false } : walk(read, { prefix, delimiter, from, limit });
  const last = entries.at(-1);
  const lastKey = last && ("item" in last ? last.item.key : last.commonPrefix);
  const nextFrom =
    last && ("item" in last ? Buffer.concat([last.item.key, Buffer.from([0])]) : afterPrefix(last.commonPrefix));
  const contents = entries.flatMap((entry) => {
    if (!("item" in entry)) return [];
    const key = encode(entry.item.key.toString("utf8"));
    return xml("Contents", [xml("Key", key), ...objectElements(entry.item, owner)]);
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

function readToken(token: string): Buffer {
  const key = Buffer.from(token, "base64url");
  if (key.length === 0 || key.toString("base64url") !== token)
    throw new S3Error("InvalidArgument", "The continuation token provided is incorrect", {
      details: { ArgumentName: "continuation-token" },
    });
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
        initiatorXml,
        ownerXml,
        xml("StorageClass", "STANDARD"),
        xml("Initiated", new Date(upload.created).toISOString()),
        xml("ChecksumAlgorithm", upload.algorithm),
        xml("ChecksumType", upload.type),
      ]),
    ),
  ];
  return { status: 200, body: xmlDocument("ListMultipartUploadsResult", body) };
}
