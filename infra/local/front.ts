/**
 * The services that share a port. One HTTP server checks who signed a request, reads the service from the credential's
 * scope and calls it. Errors have the shape of the request's protocol.
 */
import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { functionName } from "./core/arns.ts";
import { refusal, ServiceError, type ServiceReply } from "./core/aws-service.ts";
import { refuseForeignHost } from "./core/hosts.ts";
import { type Credentials, verifySigV4 } from "./core/sigv4.ts";
import type { OpenService } from "./service.ts";

export type ServicesOptions = {
  /** Those services that have names. */
  services: Pick<OpenService, "names" | "handle">[];
  credentials: Credentials & { others?: readonly Credentials[] };
  /** By key id, callers that may report to Step Functions and invoke the named functions, and nothing else. */
  restricted?: ReadonlyMap<string, RestrictedCaller>;
  region: string;
  onError?: (message: string) => void;
};

export type RestrictedCaller = { credentials: Credentials; invokes: readonly string[] };

const REPORTS = ["SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"];

const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** An HTTP server that is not listening yet. */
export function createServicesFront(options: ServicesOptions): Server {
  const { services, credentials, restricted = new Map(), region, onError = () => {} } = options;
  const byName = new Map(services.flatMap(({ names = [], handle }) => names.map((name) => [name, handle])));

  async function answer(request: IncomingMessage, requestId: string, signal: AbortSignal): Promise<ServiceReply> {
    const body = await readBody(request);
    const at = (request.url ?? "/").indexOf("?");
    const path = at < 0 ? (request.url ?? "/") : (request.url ?? "/").slice(0, at);
    const query = at < 0 ? "" : (request.url ?? "/").slice(at + 1);
    const [key = "", , , service = ""] = scopeOf(request)?.split("/") ?? [];
    const caller = restricted.get(key);
    const handle = byName.get(service);
    if (!handle) throw new ServiceError("UnknownServiceException", `There is no service "${service}" here.`);
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
    return handle({
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

/**
 * What an isolated task may do: report the result of its own work, and invoke functions that have the rights it lacks.
 */
function mayAsk({ invokes }: RestrictedCaller, service: string, operation: string, path: string): boolean {
  if (service === "states") return REPORTS.includes(operation);
  const [, name = ""] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path) ?? [];
  return service === "lambda" && invokes.includes(functionName(decodeURIComponent(name)));
}

/** The Authorization header's `<key>/<date>/<region>/<service>/aws4_request`, not verified yet. */
function scopeOf(request: IncomingMessage): string | undefined {
  return /\bCredential=([^,\s]+)/.exec(request.headers.authorization ?? "")?.[1];
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
