/**
<<<<<<< HEAD
 * Translates between HTTP and a function with a URL: a request becomes an event (payload format 2.0), and the
 * function's answer, buffered or streamed, becomes an HTTP response ("Invoking Lambda function URLs" and "Response
 * streaming").
=======
 * Between the edge and a function behind a URL: the event a request becomes, and the HTTP response that the function's
 * answer becomes, buffered or streamed ("Invoking Lambda function URLs" and "Response streaming").
>>>>>>> a59efe4 (The local cloud has API Gateway: an HTTP API in front of two functions)
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { VIEWER_ADDRESS } from "../../declaration.ts";
import type { FunctionResponse } from "../lambda/function.ts";
import {
  type HttpAnswer,
  type HttpEvent,
  headersOf,
  MalformedAnswer,
  type Prelude,
  readAnswer,
  readPrelude,
  sourceIpOf,
  targetOf,
  toHttpEvent,
} from "../lambda/http-event.ts";

const PRELUDE_END = Buffer.alloc(8);
const MAX_PRELUDE_BYTES = 256 * 1024;
const INTEGRATION_RESPONSE = "application/vnd.awslambda.http-integration-response";
<<<<<<< HEAD
/** Headers that concern one connection, and those that only CloudFront may set. */
const NOT_FORWARDED =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|cookie|x-forwarded-.*|forwarded|via|x-real-ip|x-amz-cf-.*|cloudfront-.*)$/;
const NOT_RETURNED = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;
const TEXT = /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded)\b|[^;]+\+(json|xml)\b)/i;

export type FunctionUrlEvent = {
  version: "2.0";
  routeKey: "$default";
  rawPath: string;
  rawQueryString: string;
  cookies?: string[];
  headers: Record<string, string>;
  requestContext: {
    accountId: string;
    apiId: string;
    domainName: string;
    http: { method: string; path: string; protocol: string; sourceIp: string; userAgent: string };
    requestId: string;
    routeKey: "$default";
    stage: "$default";
    time: string;
    timeEpoch: number;
  };
  body?: string;
  isBase64Encoded: boolean;
};

/**
 * The event of a request. The client's address and the requested host are in x-forwarded-*, as CloudFront sets them.
 */
export function toEvent(request: IncomingMessage, body: Buffer): FunctionUrlEvent {
  const target = request.url ?? "/";
  const at = target.indexOf("?");
  const rawPath = at < 0 ? target : target.slice(0, at);
  const sourceIp = request.socket.remoteAddress ?? "127.0.0.1";
  const host = request.headers.host ?? "";
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !NOT_FORWARDED.test(name))
      headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  headers["x-forwarded-for"] = sourceIp;
  headers[VIEWER_ADDRESS] = sourceIp;
  headers["x-forwarded-host"] = host;
  headers["x-forwarded-proto"] = "http";
  headers["x-forwarded-port"] = String(request.socket.localPort ?? "");
  const cookies = request.headers.cookie?.split(/; */).filter((cookie) => cookie !== "");
  const isBase64Encoded = body.length > 0 && !TEXT.test(request.headers["content-type"] ?? "");
  const now = new Date();
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString: at < 0 ? "" : target.slice(at + 1),
    ...(cookies?.length ? { cookies } : {}),
    headers,
    requestContext: {
      accountId: "anonymous",
      apiId: "local",
      domainName: host,
      http: {
        method: request.method ?? "GET",
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: request.headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 ? { body: body.toString(isBase64Encoded ? "base64" : "utf8") } : {}),
    isBase64Encoded,
=======
/** Headers that only the edge itself may set. */
const THE_EDGES_OWN = /^(expect|x-forwarded-.*|forwarded|via|x-real-ip|x-amz-cf-.*|cloudfront-.*)$/;

/** The event of a request. The address of the client and the host it asked for are told in x-forwarded-*, as the edge does. */
export function toEvent(request: IncomingMessage, body: Buffer): HttpEvent {
  const sourceIp = sourceIpOf(request);
  const headers = {
    ...headersOf(request, THE_EDGES_OWN),
    "x-forwarded-for": sourceIp,
    [VIEWER_ADDRESS]: sourceIp,
    "x-forwarded-host": request.headers.host ?? "",
    "x-forwarded-proto": "http",
    "x-forwarded-port": String(request.socket.localPort ?? ""),
>>>>>>> a59efe4 (The local cloud has API Gateway: an HTTP API in front of two functions)
  };
  return toHttpEvent(request, body, {
    accountId: "anonymous",
    requestId: randomUUID(),
    routeKey: "$default",
    rawPath: targetOf(request).path,
    headers,
    now: Date.now(),
  });
}

<<<<<<< HEAD
export type HttpAnswer = {
  status: number;
  headers: Record<string, string | string[]>;
  /** The beginning of the body, and the stream with the rest. */
  head: Buffer;
  rest?: Readable;
};

/** Thrown for an answer that is not an HTTP response; CloudFront then answers 502. */
export class MalformedAnswer extends Error {}

=======
>>>>>>> a59efe4 (The local cloud has API Gateway: an HTTP API in front of two functions)
export async function toHttpAnswer(response: FunctionResponse): Promise<HttpAnswer> {
  if (response.mode === "buffered") return readAnswer(response.payload);
  if (response.contentType !== INTEGRATION_RESPONSE) {
    return {
      status: 200,
      headers: { "content-type": response.contentType },
      head: Buffer.alloc(0),
      rest: response.body,
    };
  }
  return fromStream(response.body);
}

<<<<<<< HEAD
type Prelude = { statusCode?: number; headers?: Record<string, unknown>; cookies?: string[] };

function fromBuffered(payload: Buffer): HttpAnswer {
  const answer: unknown = JSON.parse(payload.toString());
  // An answer without a status code is itself the body, as JSON.
  if (typeof answer !== "object" || answer === null || !("statusCode" in answer)) {
    return { status: 200, headers: { "content-type": "application/json" }, head: payload };
  }
  const {
    body = "",
    isBase64Encoded = false,
    ...prelude
  } = answer as Prelude & { body?: string; isBase64Encoded?: boolean };
  return { ...readPrelude(prelude), head: Buffer.from(body, isBase64Encoded ? "base64" : "utf8") };
}

/** Reads the JSON prelude, which ends with eight NUL bytes; the rest stays in the stream. */
=======
/** Reads the JSON prelude that ends with eight NUL bytes; what follows it stays in the stream. */
>>>>>>> a59efe4 (The local cloud has API Gateway: an HTTP API in front of two functions)
async function fromStream(body: Readable): Promise<HttpAnswer> {
  let seen = Buffer.alloc(0);
  for (;;) {
    const end = seen.indexOf(PRELUDE_END);
    if (end >= 0) {
      const prelude = JSON.parse(seen.subarray(0, end).toString()) as Prelude;
      const read = readPrelude(prelude);
      // A stream's length is known only at its end: OpenNext says 0 before it writes its one word.
      if (read.headers["content-length"] === "0") delete read.headers["content-length"];
      return { ...read, head: seen.subarray(end + PRELUDE_END.length), rest: body };
    }
    if (seen.length > MAX_PRELUDE_BYTES) throw new MalformedAnswer("The response's prelude has no end");
    const chunk = await nextChunk(body);
    if (!chunk) throw new MalformedAnswer("The response ended inside its prelude");
    seen = Buffer.concat([seen, chunk]);
  }
}

function nextChunk(body: Readable): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const attempt = (): void => {
      const chunk = body.read() as Buffer | null;
      if (chunk !== null) settle(() => resolve(chunk));
      else if (body.readableEnded) settle(() => resolve(undefined));
    };
    const failed = (error: Error): void => settle(() => reject(error));
    const ended = (): void => settle(() => resolve(undefined));
    const settle = (done: () => void): void => {
      body.off("readable", attempt).off("error", failed).off("end", ended).off("close", ended);
      done();
    };
    body.on("readable", attempt).on("error", failed).on("end", ended).on("close", ended);
    if (body.errored) failed(body.errored);
    else if (body.destroyed) ended();
    else attempt();
  });
}
