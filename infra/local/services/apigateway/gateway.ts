/** API Gateway's HTTP API: one stage, whose routes lead to one function and may ask another first. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { ACCOUNT } from "../../core/arns.ts";
import { ServiceError } from "../../core/aws-service.ts";
import { refuseForeignHost } from "../../core/hosts.ts";
import type { Ledger } from "../../core/ledger.ts";
import { readBody } from "../../core/request-body.ts";
import type { HttpApi } from "../../declaration.ts";
import type { Functions } from "../lambda/functions.ts";
import {
  type HttpAnswer,
  headersOf,
  MalformedAnswer,
  readAnswer,
  sourceIpOf,
  targetOf,
  toHttpEvent,
} from "../lambda/http-event.ts";
import { createAuthorizer } from "./authorizer.ts";
import { isPreflight, originHeaders, preflightHeaders, withoutCors } from "./cors.ts";
import { Refusal, within } from "./refusal.ts";
import { createRoutes } from "./routes.ts";
import { createThrottle } from "./throttle.ts";

/** "Quotas for configuring and running an HTTP API in API Gateway", in bytes and milliseconds. */
const QUOTAS = { headers: 10_240, body: 10 * 1024 * 1024, integrationMs: 30_000 };
/** "HTTP APIs are metered in 512 KB increments" ("Amazon API Gateway pricing"). */
const METERED_BYTES = 512 * 1024;

/** Even forms are not among them, as was tried on AWS (ministackorg/ministack, pull request 766). */
const TEXT = /^(text\/|application\/(json|javascript|xml)\s*(;|$))/i;

export type GatewayOptions = {
  api: HttpApi;
  functions: Pick<Functions, "invoke">;
  region: string;
  ledger: Ledger;
  /** Takes a line for each request, without its headers and its query. */
  accessLog(line: string): void;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** How long the integration may take. */
  integrationMs?: number;
};

/** One request and what becomes of it. */
type Exchange = {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  routeKey?: string;
  /** Bytes of the body, once it was handed to the integration: from then on AWS bills the request. */
  bytesIn?: number;
  reason?: string | undefined;
};

/** An HTTP server that is not listening yet; it answers for loopback names alone. */
export function createGateway(options: GatewayOptions): Server {
  const { api, functions, region, ledger, accessLog, now = Date.now, integrationMs = QUOTAS.integrationMs } = options;
  const findRoute = createRoutes(api.routes);
  const throttle = createThrottle(api.throttle, now);
  const authorize = createAuthorizer({ authorizer: api.authorizer, functions, region, now });

  async function answer(exchange: Exchange): Promise<HttpAnswer> {
    const { request, requestId } = exchange;
    if (headerBytes(request) > QUOTAS.headers) throw new Refusal(431);
    if (api.cors && isPreflight(request))
      return { status: 204, headers: preflightHeaders(api.cors), head: Buffer.alloc(0) };
    const rawPath = decodedPath(request);
    const route = findRoute(request.method ?? "GET", targetOf(request).path);
    if (!route) throw new Refusal(404);
    exchange.routeKey = route.key;
    if (!throttle.take(route.key)) throw new Refusal(429);
    const setting = {
      accountId: ACCOUNT,
      requestId,
      routeKey: route.key,
      rawPath,
      headers: gatewayHeaders(request),
      text: TEXT,
      now: now(),
    };
    const parameters = Object.keys(route.pathParameters).length > 0 ? { pathParameters: route.pathParameters } : {};
    const context = route.authorized
      ? { lambda: await authorize(request, { ...toHttpEvent(request, Buffer.alloc(0), setting), ...parameters }) }
      : undefined;
    const body = await readBody(request, exchange.response, QUOTAS.body);
    if (body === "aborted") throw new Refusal(400, "The client has hung up");
    if (body === "too large") throw new Refusal(413);
    const event = { ...toHttpEvent(request, body, setting), ...parameters };
    if (context) event.requestContext.authorizer = context;
    exchange.bytesIn = body.length;
    const late = new Refusal(503, `${api.integration} did not answer within ${integrationMs} ms`);
    const { payload, failed } = await within(integrationMs, functions.invoke(api.integration, event, requestId), late);
    if (failed) throw new Refusal(500, `${api.integration} failed`);
    const read = readAnswer(payload);
    return api.cors ? { ...read, headers: withoutCors(read.headers) } : read;
  }

  async function serve(exchange: Exchange): Promise<void> {
    const { request, response, requestId } = exchange;
    const from = performance.now();
    const { status, headers, head } = await answer(exchange).catch((error: unknown) => {
      const refusal = refusalOf(error);
      exchange.reason = refusal.reason;
      return refused(refusal);
    });
    const isEmpty = status === 204 || status === 304;
    const hasBody = !isEmpty && request.method !== "HEAD";
    // Before the client can have the answer, and then look at the log.
    record(exchange, status, hasBody ? head.length : 0, performance.now() - from);
    if (!response.destroyed) {
      // The length is that of the body, whatever the function says.
      const { "content-length": _, ...given } = headers;
      response.writeHead(status, {
        ...given,
        ...(api.cors ? originHeaders(api.cors, request) : {}),
        "apigw-requestid": requestId,
        ...(isEmpty ? {} : { "content-length": head.length }),
      });
      response.end(hasBody ? head : undefined);
    }
  }

  /**
   * "API Gateway pricing" in the developer guide: not charged are failures of authorization, and what is throttled. AWS's
   * answer to "Pricing clarification for api gateway" on re:Post: charged is what was sent to the integration.
   */
  function record(
    { request, requestId, routeKey, bytesIn, reason }: Exchange,
    status: number,
    bytesOut: number,
    ms: number,
  ): void {
    const words = [request.method, targetOf(request).path, routeKey ? `"${routeKey}"` : "-", status, bytesOut];
    accessLog([...words, `${ms.toFixed(1)} ms`, sourceIpOf(request), requestId, reason ?? ""].join(" ").trimEnd());
    if (bytesIn === undefined) return;
    const requests = Math.max(1, Math.ceil((bytesIn + bytesOut) / METERED_BYTES));
    ledger({ service: "apigateway", operation: routeKey ?? "", units: { requests, bytesOut }, ms });
  }

  // Node's own limit is above the quota, so that the quota's refusal is the one that is seen.
  return createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    if (refuseForeignHost(request, response)) return;
    serve({ request, response, requestId: randomUUID() }).catch((error: unknown) => {
      accessLog(`error ${String(error)}`);
      response.destroy();
    });
  });
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof MalformedAnswer) return new Refusal(500, error.message);
  // An event may be as large as Lambda takes; else there is no such function, or it has no room.
  if (error instanceof ServiceError) return new Refusal(error.status === 413 ? 413 : 503, error.code);
  return new Refusal(500, String(error));
}

function refused({ status, message }: Refusal): HttpAnswer {
  const closing: Record<string, string> = status === 413 ? { connection: "close" } : {};
  const headers = { "content-type": "application/json", ...closing };
  return { status, headers, head: Buffer.from(JSON.stringify({ message })) };
}

/** "Total combined size of request line and header values". */
const headerBytes = ({ method = "", url = "", rawHeaders }: IncomingMessage): number =>
  rawHeaders.reduce(
    (sum, text, at) => (at % 2 === 1 ? sum + Buffer.byteLength(text, "latin1") : sum),
    `${method} ${url} HTTP/1.1`.length,
  );

/**
 * Functions behind an HTTP API are given the path decoded, and cut off at a question mark that was encoded, as captures
 * from AWS show (hotsock/voker, pull request 8). The query stays as it was sent.
 */
function decodedPath(request: IncomingMessage): string {
  try {
    return decodeURIComponent(targetOf(request).path).split("?", 1)[0] ?? "";
  } catch (error) {
    if (error instanceof URIError) throw new Refusal(400);
    throw error;
  }
}

/** What a client says of itself in x-forwarded-for stays there, and the address that was seen comes last. */
function gatewayHeaders(request: IncomingMessage): Record<string, string> {
  const headers = headersOf(request);
  const said = headers["x-forwarded-for"];
  const seen = sourceIpOf(request);
  return {
    ...headers,
    "x-forwarded-for": said ? `${said}, ${seen}` : seen,
    "x-forwarded-port": String(request.socket.localPort ?? ""),
    "x-forwarded-proto": "http",
  };
}
