/** Deleting objects, one or many, with conditions ("How to perform conditional deletes" in the user guide). */
import { receiveText } from "./body.ts";
import { failed, matches } from "./conditions.ts";
import { S3Error } from "./errors.ts";
import type { ObjectRow } from "./index-db.ts";
import { missingObject } from "./missing.ts";
import { parse } from "./objects.ts";
import { header, type Reply, type S3Request } from "./request.ts";
import { removeObject, type Storage } from "./storage.ts";
import { NULL_VERSION } from "./versions.ts";
import { childText, type XmlElement, xml, xmlDocument } from "./xml.ts";

const MAX_XML_BYTES = 2 * 1024 ** 2;
const MAX_DELETES = 1000;

/** Conditions that S3 documents for directory buckets alone; a general purpose bucket refuses them. */
const OF_DIRECTORY_BUCKETS = ["x-amz-if-match-last-modified-time", "x-amz-if-match-size"];

export function deleteObject(storage: Storage, request: S3Request): Reply {
  const version = request.query.get("versionId");
  const ifMatch = header(request, "if-match");
  const refused = OF_DIRECTORY_BUCKETS.find((name) => header(request, name) !== undefined);
  // A condition is about the current version, so S3 refuses it together with a version id.
  const unknown = version !== undefined && ifMatch !== undefined ? "If-Match" : refused;
  if (unknown) throw new S3Error("NotImplemented", undefined, { details: { Header: unknown } });
  removeObject(storage, request.bucket, request.key, (row) => checkDelete(request, request.key, row, ifMatch));
  return { status: 204, ...(version === undefined ? {} : { headers: { "x-amz-version-id": NULL_VERSION } }) };
}

/** Without a condition the object may be missing; with one, even `*`, it must exist. */
function checkDelete(request: S3Request, key: Buffer, row: ObjectRow | undefined, etag: string | undefined): void {
  if (etag === undefined) return;
  if (!row) throw missingObject(request, request.bucket, key);
  if (!matches(etag, row.etag)) throw failed("If-Match");
}

export async function deleteObjects(storage: Storage, request: S3Request): Promise<Reply> {
  const root = parse(await receiveText(request, { maxBytes: MAX_XML_BYTES, mustHaveDigest: true }), "Delete");
  const objects = root.children.filter(({ name }) => name === "Object").map(readObject);
  if (objects.length === 0 || objects.length > MAX_DELETES) throw new S3Error("MalformedXML");
  const quiet = childText(root, "Quiet") === "true";
  const results: string[] = [];
  for (const { key, version, etag } of objects) {
    const named = [xml("Key", key), xml("VersionId", version)];
    try {
      if (version !== undefined && version !== NULL_VERSION) throw new S3Error("NoSuchVersion");
      const bytes = Buffer.from(key);
      removeObject(storage, request.bucket, bytes, (row) => checkDelete(request, bytes, row, etag));
      if (!quiet) results.push(xml("Deleted", named));
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      results.push(xml("Error", [...named, xml("Code", error.code), xml("Message", error.message)]));
    }
  }
  return { status: 200, body: xmlDocument("DeleteResult", results) };
}

function readObject(element: XmlElement): { key: string; version: string | undefined; etag: string | undefined } {
  const [key, version, etag] = ["Key", "VersionId", "ETag"].map((name) => childText(element, name));
  // Only directory buckets know Size and LastModifiedTime.
  if (!key || element.children.some(({ name }) => name === "Size" || name === "LastModifiedTime")) {
    throw new S3Error("MalformedXML");
  }
  return { key, version, etag };
}
