/**
 * Versions in a bucket without versioning, as S3 shows them: each object is the only version of its key and has the id
 * "null" ("Working with objects in a versioning-suspended bucket"). Cleanup tools use this listing.
 */
import { S3Error } from "./errors.ts";
import { requireListing } from "./missing.ts";
import { ownerXml } from "./owner.ts";
import { integerParameter, type Reply, type S3Request } from "./request.ts";
import type { Storage } from "./storage.ts";
import { encoder, objectElements, PAGE, startAfter, walk } from "./walk.ts";
import { xml, xmlDocument } from "./xml.ts";

export const NULL_VERSION = "null";

/** Throws InvalidArgument when the request names a version that no object here can have. */
export function checkVersionId(request: S3Request): void {
  const id = request.query.get("versionId");
  if (id === undefined || id === NULL_VERSION) return;
  throw new S3Error("InvalidArgument", "Invalid version id specified", {
    details: { ArgumentName: "versionId", ArgumentValue: id },
  });
}

export const getVersioning = (): Reply => ({ status: 200, body: xmlDocument("VersioningConfiguration", []) });

export function listObjectVersions(storage: Storage, request: S3Request): Reply {
  requireListing(request);
  const { query, bucket } = request;
  const encode = encoder(request);
  const limit = Math.min(PAGE, integerParameter(request, "max-keys", PAGE, 0, 2 ** 31 - 1));
  const prefix = Buffer.from(query.get("prefix") ?? "");
  const delimiter = Buffer.from(query.get("delimiter") ?? "");
  const keyMarker = query.get("key-marker") ?? "";
  const versionMarker = query.get("version-id-marker") ?? "";
  const read = (start: Buffer, to: Buffer, count: number) => storage.index.listObjects(bucket, start, to, count);
  const from = readMarker(keyMarker, versionMarker, prefix, delimiter);
  const { entries, truncated } =
    limit === 0 ? { entries: [], truncated: false } : walk(read, { prefix, delimiter, from, limit });
  const last = entries.at(-1);
  const next = last && ("item" in last ? last.item.key : last.commonPrefix).toString("utf8");
  const body = [
    xml("Name", bucket),
    xml("Prefix", encode(prefix)),
    xml("KeyMarker", encode(keyMarker)),
    xml("VersionIdMarker", versionMarker),
    xml("NextKeyMarker", truncated && next !== undefined ? encode(next) : undefined),
    xml("NextVersionIdMarker", truncated && last && "item" in last ? NULL_VERSION : undefined),
    xml("Delimiter", delimiter.length > 0 ? encode(delimiter) : undefined),
    xml("MaxKeys", limit),
    xml("EncodingType", query.get("encoding-type")),
    xml("IsTruncated", truncated),
    ...entries.map((entry) => {
      if ("commonPrefix" in entry)
        return xml("CommonPrefixes", [xml("Prefix", encode(entry.commonPrefix.toString("utf8")))]);
      return xml("Version", [
        xml("Key", encode(entry.item.key.toString("utf8"))),
        xml("VersionId", NULL_VERSION),
        xml("IsLatest", true),
        ...objectElements(entry.item, ownerXml),
      ]);
    }),
  ];
  return { status: 200, body: xmlDocument("ListVersionsResult", body) };
}

/** Where a listing continues: a key has one version, so any version marker is followed by the next key. */
function readMarker(keyMarker: string, versionMarker: string, prefix: Buffer, delimiter: Buffer): Buffer {
  if (versionMarker !== "" && keyMarker === "") {
    throw new S3Error("InvalidArgument", "A version-id marker cannot be specified without a key marker.", {
      details: { ArgumentName: "version-id-marker", ArgumentValue: versionMarker },
    });
  }
  if (versionMarker !== "" && versionMarker !== NULL_VERSION) {
    throw new S3Error("InvalidArgument", "Invalid version id specified", {
      details: { ArgumentName: "version-id-marker", ArgumentValue: versionMarker },
    });
  }
  return keyMarker === "" ? Buffer.alloc(0) : startAfter(keyMarker, prefix, delimiter);
}
