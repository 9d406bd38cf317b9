/** A request as the handlers see it: parsed, authenticated, and its body not yet read. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SigV4Verified } from "../../core/sigv4.ts";
import { S3Error } from "./errors.ts";

export type S3Request = {
  raw: IncomingMessage;
  response: ServerResponse;
  method: string;
  bucket: string;
  /** Empty when the request is about a bucket or the service. */
  key: Buffer;
  /** Decoded path, for error answers. */
  resource: string;
  query: ReadonlyMap<string, string>;
  auth: SigV4Verified;
  /** Whether the caller's role has s3:ListBucket of a bucket. */
  mayList: (bucket: string) => boolean;
  now: Date;
  /** True while the client waits for `100 Continue` before it sends the body. */
  awaitsContinue: boolean;
  /** Received bytes of the body, in the encoding in which they were sent. */
  bytesIn: number;
};

/** A handler's answer. A string body is XML. */
export type Reply = {
  status: number;
  headers?: Record<string, string>;
  body?: string | ObjectBody;
};

/** Slices of files to send one after another. `release` is called when they are no longer needed. */
export type ObjectBody = {
  length: number;
  slices: { path: string; size: number; start: number; length: number }[];
  release: () => void;
};

/** A header, or for presigned requests the query parameter of that name: presigners move x-amz-* headers there. */
export function header(request: S3Request, name: string): string | undefined {
  const values = request.raw.headersDistinct[name];
  if (values) return values.join(",");
  if (request.auth.via !== "query" || !name.startsWith("x-amz-")) return undefined;
  for (const [parameter, value] of request.query) if (parameter.toLowerCase() === name) return headerBytes(value);
  return undefined;
}

/** Names and values of all headers (and presigned parameters) that begin with the prefix; names without it. */
export function headersWithPrefix(request: S3Request, prefix: string): Record<string, string> {
  const found: Record<string, string> = {};
  if (request.auth.via === "query") {
    for (const [name, value] of request.query) {
      if (name.toLowerCase().startsWith(prefix)) found[name.toLowerCase().slice(prefix.length)] = headerBytes(value);
    }
  }
  for (const [name, values] of Object.entries(request.raw.headersDistinct)) {
    if (name.startsWith(prefix) && values) found[name.slice(prefix.length)] = values.join(",");
  }
  return found;
}

/** Node returns header bytes as latin1 text; parameters are converted to the same form. */
const headerBytes = (value: string): string => Buffer.from(value, "utf8").toString("latin1");

/** An integer parameter within bounds, or its default when it is absent. Throws InvalidArgument. */
export function integerParameter(request: S3Request, name: string, fallback: number, min: number, max: number): number {
  const value = request.query.get(name);
  if (value === undefined || value === "") return fallback;
  const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isNaN(number) || number < min || number > max) {
    throw new S3Error("InvalidArgument", `Argument ${name} must be an integer between ${min} and ${max}`, {
      details: { ArgumentName: name, ArgumentValue: value },
    });
  }
  return number;
}
