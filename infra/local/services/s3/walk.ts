/** What listings share: walking through keys with prefix and delimiter, and the encoding of keys. */
import { S3Error } from "./errors.ts";
import { afterPrefix, type ListedObject } from "./index-db.ts";
import type { S3Request } from "./request.ts";
import { xml } from "./xml.ts";

/** The most entries of one page. */
export const PAGE = 1000;

export type Entry<T> = { item: T } | { commonPrefix: Buffer };

/** Walks through rows in key order and groups keys that share a prefix up to the delimiter into one entry. */
export function walk<T extends { key: Buffer }>(
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

export const encoder = (request: S3Request): ((key: Buffer | string) => string) => {
  const encoding = request.query.get("encoding-type");
  if (encoding !== undefined && encoding !== "url")
    throw new S3Error("InvalidArgument", "Invalid Encoding Method specified in Request");
  return (key) => (encoding === "url" ? encodeURIComponent(String(key)).replaceAll("%2F", "/") : String(key));
};

/** Keys below a common prefix that was listed are not listed again. */
export function startAfter(after: string, prefix: Buffer, delimiter: Buffer): Buffer {
  const key = Buffer.from(after);
  const at = delimiter.length === 0 ? -1 : key.indexOf(delimiter, prefix.length);
  const isPrefix = at >= 0 && at + delimiter.length === key.length;
  return isPrefix ? afterPrefix(key) : Buffer.concat([key, Buffer.from([0])]);
}

/** An object's elements in a listing after its key; with `owner` if the listing names owners. */
export const objectElements = ({ modified, etag, size, checksum }: ListedObject, owner: string): string[] => [
  xml("LastModified", new Date(modified).toISOString()),
  xml("ETag", etag),
  checksum ? xml("ChecksumAlgorithm", checksum.algorithm) + xml("ChecksumType", checksum.type) : "",
  xml("Size", size),
  owner,
  xml("StorageClass", "STANDARD"),
];
