/** An HTTP request as API Gateway hands it over (payload format 2.0), answered by the operation that it names. */
import { answerOnce } from "#lib/api-keys/answer-once.ts";
import { TooManyCalls } from "#lib/api-keys/api-key.errors.ts";
import { countCall } from "#lib/api-keys/count-call.ts";
import { openApiKey } from "#lib/api-keys/open-api-key.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { InvalidInput, NotSignedIn, PreconditionFailed, VisibleError } from "#lib/kernel/errors.ts";
import { toVisible, workFor } from "#lib/web/errors.ts";
import { entityTag, isMatched, isNamed } from "./entity-tag.ts";
import { callerless, keyIn } from "./key-header.ts";
import { limitHeaders } from "./limit-headers.ts";
import { openApiDocument } from "./openapi.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { parseStrictly } from "./strict-json.ts";

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
  /** What every answer to a caller says, whatever becomes of the call. */
  const always: Record<string, string> = {};
  const answered = await answer(request, always).catch((error: unknown) => problem(toVisible(error)));
  return { ...answered, headers: { ...answered.headers, ...always } };
}

async function answer(request: ApiRequest, always: Record<string, string>): Promise<ApiResponse> {
  if (request.rawPath === DOCUMENT_PATH) return respond(200, "application/json", JSON.stringify(openApiDocument()));
  const { operation, named } = find(request);
  const { ctx, key } = await openCaller(request);
  return workFor(ctx, async () => {
    const count = await countCall(ctx);
    Object.assign(always, limitHeaders(count));
    if (count.exceeded) throw new TooManyCalls(count.limit, count.reset);
    const { method } = operation;
    const given = method === "GET" || method === "DELETE" ? readQuery(request) : readBody(request);
    const isExpected = readIfMatch(operation, request);
    const run = async () => {
      const said = await operation.run(ctx, operation.input.parse({ ...given, ...named }), isExpected);
      return { status: operation.status, body: JSON.stringify(said) };
    };
    const idempotencyKey = method === "POST" && !operation.repeatable ? readIdempotencyKey(request) : undefined;
    if (idempotencyKey === undefined) return conditionally(request, await run());
    const call = { idempotencyKey, secret: key, request: [method, request.rawPath, JSON.stringify(given)] };
    const { status, body, repeated } = await answerOnce(ctx, call, run);
    return respond(status, "application/json", body, repeated ? { "idempotent-replayed": "true" } : {});
  });
}

/** What is read has a validator, and is not sent again to a client that has it. */
function conditionally({ headers, requestContext }: ApiRequest, { status, body }: { status: number; body: string }) {
  if (requestContext.http.method !== "GET") return respond(status, "application/json", body);
  const etag = entityTag(body);
  // Kept by the caller alone, who asks each time whether it still holds.
  const read = { etag, "cache-control": "private, no-cache" };
  const wanted = headers["if-match"];
  if (wanted !== undefined && !isMatched(wanted, etag)) throw new PreconditionFailed();
  if (isNamed(headers["if-none-match"], etag)) return { statusCode: 304, headers: read, body: "" };
  return respond(status, "application/json", body, read);
}

/** Tells an answer that `If-Match` names. Throws InvalidInput where the header is not heeded: nobody relies on it in vain. */
function readIfMatch(
  { method, ifMatch }: Operation,
  { headers }: ApiRequest,
): ((seen: unknown) => boolean) | undefined {
  const header = headers["if-match"];
  if (header === undefined || method === "GET") return undefined;
  if (!ifMatch) throw new InvalidInput("This operation does not take If-Match.");
  return (seen) => isMatched(header, entityTag(JSON.stringify(seen)));
}

/** With quotes, as a string of structured fields, or without; both are the same key. */
function readIdempotencyKey({ headers }: ApiRequest): string | undefined {
  const said = headers["idempotency-key"];
  if (said === undefined) return undefined;
  const [, quoted, bare] =
    /^(?:"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255}))$/.exec(said) ?? [];
  const key = quoted ?? bare;
  if (key === undefined) throw new InvalidInput("An Idempotency-Key has 1 to 255 characters of ASCII.");
  return key;
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
async function openCaller({ headers }: ApiRequest): Promise<{ ctx: Ctx; key: string }> {
  const nobody = callerless();
  const key = keyIn(headers["authorization"]);
  if (!key) throw new NotSignedIn();
  return { ctx: await workFor(nobody, () => openApiKey(nobody, { key })), key };
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
  const read = parseStrictly(decode(bytes));
  if (typeof read !== "object" || read === null || Array.isArray(read))
    throw new VisibleError("InvalidInput", 422, "The body must be an object.");
  return read;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
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
  return respond(status, "application/problem+json", JSON.stringify(details ? { ...body, details } : body), headers);
}

/** As RFC 9110 names them. */
const TITLES: Record<number, string> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  410: "Gone",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
};

const respond = (statusCode: number, type: string, body: string, headers = {}): ApiResponse => ({
  statusCode,
  headers: { "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff", ...headers },
  body,
});
