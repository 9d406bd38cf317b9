/**
 * HTTP as a function is told of it, and its answer: payload format 2.0, which function URLs and HTTP APIs share ("Invoking
 * Lambda function URLs", "Create AWS Lambda proxy integrations for HTTP APIs").
 */
import { type IncomingMessage, validateHeaderName, validateHeaderValue } from "node:http";
import type { Readable } from "node:stream";

/** Headers of one connection. */
const OF_THE_CONNECTION = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;

export type HttpEvent = {
  version: "2.0";
  routeKey: string;
  rawPath: string;
  rawQueryString: string;
  cookies?: string[];
  headers: Record<string, string>;
  queryStringParameters?: Record<string, string>;
  requestContext: {
    accountId: string;
    apiId: string;
    /** What the authorizer of an HTTP API has said. */
    authorizer?: { lambda: unknown };
    domainName: string;
    domainPrefix: string;
    http: { method: string; path: string; protocol: string; sourceIp: string; userAgent: string };
    requestId: string;
    routeKey: string;
    stage: "$default";
    time: string;
    timeEpoch: number;
  };
  pathParameters?: Record<string, string>;
  body?: string;
  isBase64Encoded: boolean;
};

/** What is not read from the request itself. */
export type EventSetting = {
  accountId: string;
  requestId: string;
  routeKey: string;
  rawPath: string;
  headers: Record<string, string>;
  /** Content types whose bodies travel as they are; others as base64. */
  text: RegExp;
  /** Milliseconds since 1970. */
  now: number;
};

export function toHttpEvent(request: IncomingMessage, body: Buffer, setting: EventSetting): HttpEvent {
  const { accountId, requestId, routeKey, rawPath, headers, text, now } = setting;
  const { rawQueryString } = targetOf(request);
  const host = request.headers.host ?? "";
  const cookies = request.headers.cookie?.split(/; */).filter((cookie) => cookie !== "");
  const isBase64Encoded = body.length > 0 && !text.test(request.headers["content-type"] ?? "");
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQueryString))
    query.set(name, query.has(name) ? `${query.get(name)},${value}` : value);
  return {
    version: "2.0",
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookies?.length ? { cookies } : {}),
    headers,
    ...(query.size > 0 ? { queryStringParameters: Object.fromEntries(query) } : {}),
    requestContext: {
      accountId,
      apiId: "local",
      domainName: host,
      domainPrefix: host.split(/[.:]/, 1)[0] ?? "",
      http: {
        method: request.method ?? "GET",
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: sourceIpOf(request),
        userAgent: request.headers["user-agent"] ?? "",
      },
      requestId,
      routeKey,
      stage: "$default",
      time: commonLogTime(now),
      timeEpoch: now,
    },
    ...(body.length > 0 ? { body: body.toString(isBase64Encoded ? "base64" : "utf8") } : {}),
    isBase64Encoded,
  };
}

/** The two parts of a request's target, as they were sent. */
export function targetOf({ url = "/" }: IncomingMessage): { path: string; rawQueryString: string } {
  const at = url.indexOf("?");
  return at < 0 ? { path: url, rawQueryString: "" } : { path: url.slice(0, at), rawQueryString: url.slice(at + 1) };
}

export const sourceIpOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? "127.0.0.1";

/**
 * The headers of an event. Cookies, headers of the connection and those that `leftOut` matches are not among them. Headers of the same
 * name are joined by commas.
 */
export const headersOf = ({ headers }: IncomingMessage, leftOut?: RegExp): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name === "cookie" || OF_THE_CONNECTION.test(name) || leftOut?.test(name)
        ? []
        : [[name, Array.isArray(value) ? value.join(",") : value]],
    ),
  );

/** As in the Common Log Format: `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(now: number): string {
  const [, day, month, year, time] = new Date(now).toUTCString().split(" ");
  return `${day}/${month}/${year}:${time} +0000`;
}

export type HttpAnswer = {
  status: number;
  headers: Record<string, string | string[]>;
  /** What of the body is here already, and what follows it. */
  head: Buffer;
  rest?: Readable;
};

/** Thrown for an answer that is not an HTTP response. */
export class MalformedAnswer extends Error {}

/** Reads what a function has returned. Throws MalformedAnswer. */
export function readAnswer(payload: Buffer): HttpAnswer {
  const answer = parse(payload);
  // Anything without a status code is itself the body, as JSON.
  if (typeof answer !== "object" || answer === null || !("statusCode" in answer)) {
    return { status: 200, headers: { "content-type": "application/json" }, head: payload };
  }
  const { body, isBase64Encoded, ...prelude } = answer as Prelude & { body?: unknown; isBase64Encoded?: unknown };
  if (body !== undefined && body !== null && typeof body !== "string")
    throw new MalformedAnswer("The body is not a string");
  return { ...readPrelude(prelude), head: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8") };
}

export type Prelude = { statusCode?: unknown; headers?: unknown; cookies?: unknown };

/** Reads status and headers of an answer. Throws MalformedAnswer. */
export function readPrelude({ statusCode = 200, headers: given, cookies }: Prelude): Omit<HttpAnswer, "head"> {
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new MalformedAnswer("There is no such status");
  const headers: Record<string, string | string[]> = {};
  for (const [written, value] of Object.entries(given ?? {})) {
    const name = written.toLowerCase();
    if (value === undefined || value === null || OF_THE_CONNECTION.test(name)) continue;
    headers[name] = Array.isArray(value) ? value.map(String) : String(value);
  }
  if (Array.isArray(cookies) && cookies.length > 0) headers["set-cookie"] = cookies.map(String);
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      for (const one of [value].flat()) validateHeaderValue(name, one);
    }
  } catch (error) {
    throw new MalformedAnswer("A header can't be sent", { cause: error });
  }
  return { status, headers };
}

function parse(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch (error) {
    throw new MalformedAnswer("The answer is not JSON", { cause: error });
  }
}
