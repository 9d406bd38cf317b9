/** GetObjectAttributes: the properties of an object, and the parts it was made of. */
import { type Checksum, checksumElement } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import { getRow } from "./objects.ts";
import { refuseDenied } from "./policy.ts";
import { header, type Reply, type S3Request } from "./request.ts";
import type { Storage } from "./storage.ts";
import { xml, xmlDocument } from "./xml.ts";

const ATTRIBUTES = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];
const MAX_PARTS = 1000;

export function getAttributes(storage: Storage, request: S3Request): Reply {
  const wanted = (header(request, "x-amz-object-attributes") ?? "").split(",").map((name) => name.trim());
  if (wanted.some((name) => !ATTRIBUTES.includes(name))) {
    throw new S3Error("InvalidArgument", "Invalid attribute name specified.");
  }
  const row = getRow(storage, request);
  refuseDenied(storage, request, row);
  const sections: Record<string, string> = {
    ETag: xml("ETag", row.etag.replaceAll('"', "")),
    Checksum: row.checksum
      ? xml("Checksum", [...checksumXml(row.checksum), xml("ChecksumType", row.checksum.type)])
      : "",
    ObjectParts:
      row.partCount > 0 && wanted.includes("ObjectParts") ? partsXml(storage, request, row.content, row.partCount) : "",
    StorageClass: xml("StorageClass", "STANDARD"),
    ObjectSize: xml("ObjectSize", row.size),
  };
  const body = ATTRIBUTES.filter((name) => wanted.includes(name)).map((name) => sections[name] ?? "");
  const headers = { "last-modified": new Date(row.modified).toUTCString() };
  return { status: 200, headers, body: xmlDocument("GetObjectAttributesResponse", body) };
}

const checksumXml = ({ algorithm, value }: Pick<Checksum, "algorithm" | "value">): string[] => [
  xml(checksumElement(algorithm), value),
];

function partsXml(storage: Storage, request: S3Request, content: string, count: number): string {
  const limit = Math.min(MAX_PARTS, Number(header(request, "x-amz-max-parts") ?? MAX_PARTS) || MAX_PARTS);
  const marker = Number(header(request, "x-amz-part-number-marker") ?? 0) || 0;
  const rows = storage.index.listParts(content, marker, limit + 1);
  const page = rows.slice(0, limit);
  return xml("ObjectParts", [
    xml("PartsCount", count),
    xml("PartNumberMarker", marker),
    xml("NextPartNumberMarker", page.at(-1)?.number ?? marker),
    xml("MaxParts", limit),
    xml("IsTruncated", rows.length > limit),
    ...page.map((part) =>
      xml("Part", [
        xml("PartNumber", part.number),
        xml("Size", part.size),
        ...(part.checksum ? checksumXml(part.checksum) : []),
      ]),
    ),
  ]);
}
