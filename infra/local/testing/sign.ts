/** Signature Version 4 in headers, implemented a second time and simply, for requests that no SDK would send. */
import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "../core/sigv4.ts";

export type Unsigned = {
  method: string;
  url: string;
  headers?: Record<string, string>;
  /** The value of x-amz-content-sha256. */
  payloadHash?: string;
  credentials: Credentials;
  at: Date;
  region?: string;
  /** Names of headers that are sent and not signed. */
  leaveOut?: readonly string[];
};

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
export const sha256 = (body: string | Buffer): string => createHash("sha256").update(body).digest("hex");
const strict = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** `20260101T000000Z` */
export const amzDate = (at: Date): string => `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;

/** Returns all headers to send, and a function that signs what follows (the chunks of a streamed body). */
export function signHeaders(request: Unsigned): {
  headers: Record<string, string>;
  signature: string;
  scope: string;
  sign: (text: string) => string;
} {
  const { method, url, credentials, at, region = "us-east-1", payloadHash = "UNSIGNED-PAYLOAD" } = request;
  const [, host = "", path = "/", , query = ""] = /^http:\/\/([^/]+)([^?]*)(\?(.*))?$/.exec(url) ?? [];
  const timestamp = amzDate(at);
  const headers: Record<string, string> = {
    host,
    "x-amz-date": timestamp,
    "x-amz-content-sha256": payloadHash,
    ...(credentials.sessionToken ? { "x-amz-security-token": credentials.sessionToken } : {}),
    ...request.headers,
  };
  const names = Object.keys(headers)
    .filter((name) => !request.leaveOut?.includes(name))
    .sort();
  const parameters = query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [name = "", value = ""] = pair.split("=").map(decodeURIComponent);
      return `${strict(name)}=${strict(value)}`;
    })
    .sort();
  const canonical = [
    method,
    path || "/",
    parameters.join("&"),
    ...names.map((name) => `${name}:${headers[name]?.trim()}`),
    "",
    names.join(";"),
    payloadHash,
  ].join("\n");
  const scope = `${timestamp.slice(0, 8)}/${region}/s3/aws4_request`;
  const key = scope.split("/").reduce(hmac, Buffer.from(`AWS4${credentials.secretAccessKey}`));
  const sign = (text: string): string => hmac(key, text).toString("hex");
  const signature = sign(["AWS4-HMAC-SHA256", timestamp, scope, sha256(canonical)].join("\n"));
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { headers, signature, scope, sign };
}
