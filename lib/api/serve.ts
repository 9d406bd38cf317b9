/** An HTTP request as API Gateway hands it over (payload format 2.0), answered by the operation that it names. */
import { openApiKey } from "#lib/api-keys/open-api-key.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { NotSignedIn, VisibleError } from "#lib/kernel/errors.ts";
import { toVisible, workFor } from "#lib/web/errors.ts";
import { callerless, keyIn } from "./key-header.ts";
import { openApiDocument } from "./openapi.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";

export type ApiRequest = {
  /** Decoded: API Gateway does that. */
  rawPath: string;
  rawQueryString?: string;
  /** By names in lower case. */
  headers: Record<string, string | undefined>;
  requestContext: { http: { method: string }; requestId?: string };
  body?: string;
  isBase64Encoded?: boolean;
};

export type ApiResponse = { statusCode: number; headers: Record<string, string>; body: string };

/** Bytes of a request's body. */
const MAX_BODY_BYTES = 256 * 1024;

/** Where the interface says what it is; the gateway asks for no key there. */
const DOCUMENT_PATH = "/v1/openapi.json";

const JSON_TYPE = /^application\/(json|[\w.-]+\+json)\s*(;|$)/i;

/** Answers every request; what is thrown becomes problem details, and of what nobody foresaw only that it failed. */
export async function serve(request: ApiRequest): Promise<ApiResponse> {
  try {
    if (request.rawPath === DOCUMENT_PATH) return respond(200, "application/json", openApiDocument());
    const { operation, named } = find(request);
    const ctx = await openCaller(request);
    const given = operation.method === "GET" || operation.method === "DELETE" ? readQuery(request) : readBody(request);
    const answer = await workFor(ctx, () => operation.run(ctx, operation.input.parse({ ...given, ...named })));
    return respond(operation.status, "application/json", answer);
  } catch (error) {
    return problem(toVisible(error));
  }
}

const ROUTES = Object.values(operations).map((operation: Operation) => ({
  operation,
  segments: operation.path.split("/"),
}));

/** The operation of a request, with what stands in its path for names. */
function find({ rawPath, requestContext: { http } }: ApiRequest): { operation: Operation; named: object } {
  const there = ROUTES.flatMap(({ operation, segments }) => {
    const named = match(segments, rawPath.split("/"));
    return named ? [{ operation, named }] : [];
  });
  if (there.length === 0) throw new VisibleError("PathNotFound", 404, "There is nothing at this address.");
  const found = there.find(({ operation }) => operation.method === http.method);
  if (found) return found;
  const allow = there.map(({ operation }) => operation.method).join(", ");
  throw new VisibleError("MethodNotAllowed", 405, `This address knows ${allow} alone.`, { details: { allow } });
}

function match(segments: string[], given: string[]): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined;
  const named: Record<string, string> = {};
  for (const [at, segment] of segments.entries()) {
    const [, name] = /^\{(\w+)\}$/.exec(segment) ?? [];
    if (name) named[name] = given[at] ?? "";
    else if (segment !== given[at]) return undefined;
  }
  return named;
}

/**
 * Throws NotSignedIn without a key, KeyInvalid for one that does not open. The authorizer's word is kept for a while, so
 * the key is looked up once more: one that was revoked ends at once.
 */
async function openCaller({ headers }: ApiRequest): Promise<Ctx> {
  const nobody = callerless();
  const key = keyIn(headers["authorization"]);
  if (!key) throw new NotSignedIn();
  return workFor(nobody, () => openApiKey(nobody, { key }));
}

function readQuery({ rawQueryString = "" }: ApiRequest): object {
  const query = new URLSearchParams(rawQueryString);
  const twice = [...new Set(query.keys())].find((name) => query.getAll(name).length > 1);
  if (twice) throw new VisibleError("InvalidInput", 422, `“${twice}” is said twice.`);
  return Object.fromEntries(query);
}

/** An object, or nothing: what takes no fields needs no body. */
function readBody({ headers, body, isBase64Encoded }: ApiRequest): object {
  if (!body) return {};
  if (!JSON_TYPE.test(headers["content-type"] ?? ""))
    throw new VisibleError("NotJson", 415, "The body must be JSON, and the content-type must say so.");
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > MAX_BODY_BYTES)
    throw new VisibleError("BodyTooLarge", 413, `A body has at most ${MAX_BODY_BYTES / 1024} KiB.`);
  const read = parse(bytes);
  if (typeof read !== "object" || read === null || Array.isArray(read))
    throw new VisibleError("InvalidInput", 422, "The body must be an object.");
  return read;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new VisibleError("InvalidInput", 422, "The body is not JSON in UTF-8.", { cause });
  }
}

/** RFC 9457. */
function problem({ status, code, message, details }: VisibleError): ApiResponse {
  const retryAfter = details?.["retryAfter"];
  const headers = {
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(status === 405 ? { allow: String(details?.["allow"]) } : {}),
    ...(typeof retryAfter === "number" ? { "retry-after": String(retryAfter) } : {}),
  };
  const body = { type: "about:blank", title: TITLES[status] ?? "Error", status, detail: message, code };
  return respond(status, "application/problem+json", details ? { ...body, details } : body, headers);
}

/** As RFC 9110 names them. */
const TITLES: Record<number, string> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
};

const respond = (statusCode: number, type: string, body: unknown, headers = {}): ApiResponse => ({
  statusCode,
  headers: { "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff", ...headers },
  body: JSON.stringify(body),
});
