/**
 * The static files of the build, served as by CloudFront with the assets bucket behind it: cached for long, compressed,
 * revalidated.
 */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".xml": "application/xml",
};
const COMPRESSIBLE = new Set([
  ".css",
  ".html",
  ".js",
  ".json",
  ".map",
  ".mjs",
  ".svg",
  ".txt",
  ".wasm",
  ".webmanifest",
  ".xml",
]);
/** CloudFront compresses files of 1,000 bytes to 10 MB. */
const COMPRESSED_BYTES = { min: 1000, max: 10_000_000 };
const KEPT_BYTES = 16 * 1024 * 1024;
const HASHED = "public,max-age=31536000,immutable";
const OTHERS = "public,max-age=0,s-maxage=31536000,must-revalidate";

const compress = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes),
};

export type Assets = {
  /** Answers a GET or HEAD for a file. False when there is no such file; then nothing has been written. */
  serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean>;
};

export function openAssets(root: string): Assets {
  const kept = new Map<string, Buffer>();
  let keptBytes = 0;

  async function compressed(file: string, version: string, encoding: "br" | "gzip"): Promise<Buffer> {
    const key = `${encoding} ${version} ${file}`;
    const known = kept.get(key);
    if (known) return known;
    const bytes = await compress[encoding](await readFile(file));
    if (keptBytes + bytes.length <= KEPT_BYTES && !kept.has(key)) {
      kept.set(key, bytes);
      keptBytes += bytes.length;
    }
    return bytes;
  }

  return {
    async serve(request, response, path) {
      const file = locate(root, path);
      const found = file === undefined ? undefined : await fileStat(file);
      if (!file || !found) return false;
      const extension = extname(file).toLowerCase();
      const version = `${found.size.toString(36)}-${Math.floor(found.mtimeMs).toString(36)}`;
      const squeezable =
        COMPRESSIBLE.has(extension) && found.size >= COMPRESSED_BYTES.min && found.size <= COMPRESSED_BYTES.max;
      const encoding = squeezable ? accepted(request.headers["accept-encoding"]) : undefined;
      // CloudFront makes the ETag of what it compresses a weak one.
      const etag = encoding ? `W/"${version}"` : `"${version}"`;
      const headers: Record<string, string> = {
        "cache-control": path.startsWith("/_next/static/") ? HASHED : OTHERS,
        etag,
        "last-modified": new Date(found.mtimeMs).toUTCString(),
        ...(squeezable ? { vary: "accept-encoding" } : {}),
      };
      if (matches(request, version, found.mtimeMs)) {
        response.writeHead(304, headers).end();
        return true;
      }
      headers["content-type"] = TYPES[extension] ?? "application/octet-stream";
      if (encoding) {
        const bytes = await compressed(file, version, encoding);
        response.writeHead(200, { ...headers, "content-encoding": encoding, "content-length": bytes.length });
        response.end(request.method === "HEAD" ? undefined : bytes);
        return true;
      }
      response.writeHead(200, { ...headers, "content-length": found.size });
      if (request.method === "HEAD") response.end();
      else await pipeline(createReadStream(file), response);
      return true;
    },
  };
}

/** The file of a path, or undefined when the path leads out of the root or can't be decoded. */
function locate(root: string, path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
  if (decoded.includes("\0")) return undefined;
  const file = normalize(join(root, decoded));
  return file.startsWith(root + sep) ? file : undefined;
}

async function fileStat(file: string): Promise<{ size: number; mtimeMs: number } | undefined> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "ENAMETOOLONG") return undefined;
    throw error;
  });
  return found?.isFile() ? found : undefined;
}

function accepted(header: string | string[] | undefined): "br" | "gzip" | undefined {
  const names = String(header ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
    .map((part) => part.split(";")[0]);
  return (["br", "gzip"] as const).find((encoding) => names.includes(encoding));
}

function matches(request: IncomingMessage, version: string, mtimeMs: number): boolean {
  const tags = request.headers["if-none-match"];
  if (tags !== undefined)
    return tags === "*" || tags.split(",").some((tag) => tag.trim().replace(/^W\//, "") === `"${version}"`);
  const since = Date.parse(request.headers["if-modified-since"] ?? "");
  return Math.floor(mtimeMs / 1000) * 1000 <= since;
}
