/**
 * The services that share a port: one HTTP server checks who signed a request, reads from the credential's scope which
 * service is meant, as AWS's own names would tell, and hands it over. Refusals get the shape of the request's protocol.
 */
import { createHash, randomUUID } from "node:crypto";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { functionName } from "./arns.ts";
import { refuseForeignHost } from "./hosts.ts";
import { type Credentials, verifySigV4 } from "./sigv4.ts";
import type { EngineStatus } from "./supervisor.ts";

/** A verified request. */
export type ServiceRequest = {
  requestId: string;
  /** As in the credential's scope: `sqs`, `states`. */
  service: string;
  /** Of a service that speaks AWS JSON, from X-Amz-Target: `SendMessage`. Empty for the others, which have paths. */
  operation: string;
  method: string;
  /** As on the request line, percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Aborted when the client has hung up, or the server is closed: ends a wait for messages. */
  signal: AbortSignal;
};

export type ServiceReply = { status: number; headers?: Record<string, string>; body?: string | Buffer };

export type AwsService = {
  /** As in the scope of a credential; the SDK's SESv2 client says `ses`, the one for Step Functions `states`. */
  names: string[];
  /** Answers, or throws a ServiceError; anything else that it throws is an outage, which the SDK tries again. */
  handle(request: ServiceRequest): Promise<ServiceReply>;
  /** For `npm run cloud -- ps`: a row for each. */
  status(): EngineStatus[];
  /** Ends what runs. Called once, after the port is closed. */
  close(): Promise<void>;
};

/** A refusal by its name in the service's API, as `ResourceNotFoundException`. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Members of the error beside its message. */
  readonly details: Record<string, unknown>;
  constructor(
    code: string,
    message: string,
    options: { status?: number; headers?: Record<string, string>; details?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.headers = options.headers ?? {};
    this.details = options.details ?? {};
  }
}

/**
 * Runs a deployed function, by name or ARN, and resolves to what it returned. Throws FunctionFailure when the function
 * failed, ServiceError when Lambda refused (ResourceNotFoundException, TooManyRequestsException …).
 */
export type InvokeFunction = (nameOrArn: string, event: unknown) => Promise<unknown>;

/** A function's own failure, with the payload that Lambda answers: `{ errorType, errorMessage, … }`. */
export class FunctionFailure extends Error {
  readonly errorType: string;
  readonly payload: { errorType: string; errorMessage: string; trace?: string[] };
  constructor(payload: { errorType: string; errorMessage: string; trace?: string[] }) {
    super(payload.errorMessage);
    this.name = "FunctionFailure";
    this.errorType = payload.errorType;
    this.payload = payload;
  }
}

export type ServicesOptions = {
  services: AwsService[];
  credentials: Credentials & { others?: readonly Credentials[] };
  /** By the id of their key, callers that may report to Step Functions and invoke what is named, and nothing else. */
  restricted?: ReadonlyMap<string, RestrictedCaller>;
  region: string;
  onError?: (message: string) => void;
};

export type RestrictedCaller = { credentials: Credentials; invokes: readonly string[] };

const REPORTS = ["SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"];

const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** The input of a request whose body is JSON. Throws SerializationException. */
export function readInput(request: ServiceRequest): Record<string, unknown> {
  if (request.body.length === 0) return {};
  try {
    const input: unknown = JSON.parse(request.body.toString());
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return input as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ServiceError("SerializationException", "The body is not a JSON object.");
}

/** An output as JSON, in the content type of the request's protocol. */
export function jsonReply(request: ServiceRequest, output: object = {}, status = 200): ServiceReply {
  return { status, headers: { "content-type": contentType(request.headers) }, body: JSON.stringify(output) };
}

/** An HTTP server that is not listening yet. */
export function createServicesFront(options: ServicesOptions): Server {
  const { services, credentials, restricted = new Map(), region, onError = () => {} } = options;
  const byName = new Map(services.flatMap((service) => service.names.map((name) => [name, service] as const)));

  async function answer(request: IncomingMessage, requestId: string, signal: AbortSignal): Promise<ServiceReply> {
    const body = await readBody(request);
    const at = (request.url ?? "/").indexOf("?");
    const path = at < 0 ? (request.url ?? "/") : (request.url ?? "/").slice(0, at);
    const query = at < 0 ? "" : (request.url ?? "/").slice(at + 1);
    const [key = "", , , service = ""] = scopeOf(request)?.split("/") ?? [];
    const caller = restricted.get(key);
    const target = byName.get(service);
    if (!target) throw new ServiceError("UnknownServiceException", `There is no service "${service}" here.`);
    const verified = verifySigV4({
      method: request.method ?? "GET",
      path,
      query,
      headers: request.headersDistinct,
      service,
      region,
      credentials: caller?.credentials ?? credentials,
      now: new Date(),
      bodySha256: createHash("sha256").update(body).digest("hex"),
    });
    if (!verified.ok) throw new ServiceError(verified.code, verified.message, { status: verified.status });
    const operation =
      String(request.headers["x-amz-target"] ?? "")
        .split(".")
        .at(-1) ?? "";
    if (caller && !mayAsk(caller, service, operation, path))
      throw new ServiceError("AccessDeniedException", `This program may not ask ${service} for that.`, { status: 403 });
    return target.handle({
      requestId,
      service,
      operation,
      method: request.method ?? "GET",
      path,
      query: new URLSearchParams(query),
      headers: request.headers,
      body,
      signal,
    });
  }

  return createServer((request, response) => {
    if (refuseForeignHost(request, response)) return;
    const requestId = randomUUID();
    const hangUp = new AbortController();
    response.once("close", () => hangUp.abort());
    answer(request, requestId, hangUp.signal)
      .catch((error: unknown) => {
        if (error instanceof ServiceError) return refusal(request, error);
        if (!hangUp.signal.aborted)
          onError(`services: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
        return refusal(request, new ServiceError("InternalFailure", "The service failed.", { status: 500 }));
      })
      .then((reply) => send(response, requestId, reply));
  });
}

/** An isolated task's rights: to say how its own work went, and to have functions do what it may not. */
function mayAsk({ invokes }: RestrictedCaller, service: string, operation: string, path: string): boolean {
  if (service === "states") return REPORTS.includes(operation);
  const [, name = ""] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path) ?? [];
  return service === "lambda" && invokes.includes(functionName(decodeURIComponent(name)));
}

/** What the Authorization header says of `<key>/<date>/<region>/<service>/aws4_request`; not proven yet. */
function scopeOf(request: IncomingMessage): string | undefined {
  return /\bCredential=([^,\s]+)/.exec(request.headers.authorization ?? "")?.[1];
}

const contentType = (headers: IncomingHttpHeaders): string =>
  headers["x-amz-target"] === undefined
    ? "application/json"
    : (headers["content-type"] ?? "application/x-amz-json-1.0");

/** AWS JSON names the error in the body, REST-JSON in a header. */
function refusal(request: IncomingMessage, { code, status, message, headers, details }: ServiceError): ServiceReply {
  const isRest = request.headers["x-amz-target"] === undefined;
  const shape = isRest ? { Type: status < 500 ? "User" : "Service", Message: message } : { __type: code };
  return {
    status,
    headers: {
      "content-type": contentType(request.headers),
      ...(isRest ? { "x-amzn-errortype": code } : {}),
      ...headers,
    },
    body: JSON.stringify({ ...shape, message, ...details }),
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk as Buffer);
  }
  if (bytes > MAX_BODY_BYTES)
    throw new ServiceError("RequestEntityTooLargeException", "The request is too large.", { status: 413 });
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, requestId: string, { status, headers = {}, body = "" }: ServiceReply): void {
  if (response.destroyed) return;
  const length = status === 204 ? {} : { "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { "x-amzn-requestid": requestId, ...headers, ...length });
  response.end(status === 204 ? undefined : body);
}
