/**
 * Verifies AWS Signature Version 4, in headers and in the query ("Authenticating Requests (AWS Signature Version 4)" in
 * the S3 API reference), for all engines. It tells who signed what; the caller checks the body.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

export type SigV4Request = {
  method: string;
  /** As on the request line, percent-encoded, without the query. */
  path: string;
  /** As on the request line, without the question mark. */
  query: string;
  /** Lower-case names, as `IncomingMessage.headersDistinct` (or `headers`) has them. */
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As in the scope: `s3`, `dynamodb`, `sqs`. */
  service: string;
  region: string;
  /** The router's own credentials and those of other callers. The key id in the request says whose are used. */
  credentials: Credentials & { others?: readonly Credentials[] };
  now: Date;
  /** Hexadecimal SHA-256 of the body, for services whose requests don't name it in x-amz-content-sha256. */
  bodySha256?: string;
};

export type SigV4Verified = {
  ok: true;
  via: "header" | "query";
  /** What was signed for the body: a hexadecimal SHA-256, UNSIGNED-PAYLOAD or STREAMING-… */
  payloadHash: string;
  signedHeaders: ReadonlySet<string>;
  /** `20260101T000000Z` */
  timestamp: string;
  /** `20260101/us-east-1/s3/aws4_request` */
  scope: string;
  signature: string;
  /** Signs with the key of this request's scope, for the chunks of a streamed body; hexadecimal. */
  sign(stringToSign: string): string;
};

export type SigV4Refused = {
  ok: false;
  code: string;
  message: string;
  status: number;
  details?: Record<string, string>;
};

const MAX_SKEW_MS = 15 * 60 * 1000;
const MAX_EXPIRES_SECONDS = 604_800;
const ALGORITHM = "AWS4-HMAC-SHA256";

type Reason =
  | "missing"
  | "unsupported"
  | "malformed"
  | "unknownKey"
  | "badToken"
  | "skewed"
  | "expired"
  | "unsigned"
  | "mismatch";

/** Code and status of each refusal: S3 has its own codes, the JSON services share theirs. */
const REFUSALS: Record<Reason, { s3: [code: string, status: number]; json: string; message: string }> = {
  missing: { s3: ["AccessDenied", 403], json: "MissingAuthenticationTokenException", message: "Access Denied" },
  unsupported: {
    s3: ["InvalidRequest", 400],
    json: "IncompleteSignatureException",
    message: "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
  },
  malformed: {
    s3: ["AuthorizationHeaderMalformed", 400],
    json: "IncompleteSignatureException",
    message: "The authorization is malformed.",
  },
  unknownKey: {
    s3: ["InvalidAccessKeyId", 403],
    json: "UnrecognizedClientException",
    message: "The AWS Access Key Id you provided does not exist in our records.",
  },
  badToken: {
    s3: ["InvalidToken", 400],
    json: "UnrecognizedClientException",
    message: "The provided token is malformed or otherwise invalid.",
  },
  skewed: {
    s3: ["RequestTimeTooSkewed", 403],
    json: "InvalidSignatureException",
    message: "The difference between the request time and the current time is too large.",
  },
  expired: { s3: ["AccessDenied", 403], json: "InvalidSignatureException", message: "Request has expired" },
  unsigned: {
    s3: ["AccessDenied", 403],
    json: "InvalidSignatureException",
    message: "There were headers present in the request which were not signed",
  },
  mismatch: {
    s3: ["SignatureDoesNotMatch", 403],
    json: "InvalidSignatureException",
    message:
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  },
};

class Refusal extends Error {
  readonly reason: Reason;
  readonly details: Record<string, string>;
  constructor(reason: Reason, message?: string, details: Record<string, string> = {}) {
    super(message ?? REFUSALS[reason].message);
    this.reason = reason;
    this.details = details;
  }
}

/**
 * Verifies who signed a request. Never throws because of what a client sent; refusals have the service's own error
 * code.
 */
export function verifySigV4(request: SigV4Request): SigV4Verified | SigV4Refused {
  let via: "header" | "query" = "header";
  try {
    const parameters = parseQuery(request.query);
    via = parameters.some(([name]) => name === "X-Amz-Algorithm" || name === "X-Amz-Signature") ? "query" : "header";
    const signed = { ...request, credentials: credentialsNamed(request, parameters) };
    return via === "query" ? verifyQuery(signed, parameters) : verifyHeader(signed, parameters);
  } catch (error) {
    if (error instanceof URIError) {
      return { ok: false, code: "InvalidURI", status: 400, message: "Couldn't parse the specified URI." };
    }
    if (!(error instanceof Refusal)) throw error;
    const { s3, json } = REFUSALS[error.reason];
    const malformed = error.reason === "malformed" && via === "query" ? "AuthorizationQueryParametersError" : s3[0];
    return {
      ok: false,
      code: request.service === "s3" ? malformed : json,
      status: request.service === "s3" ? s3[1] : 400,
      message: error.message,
      details: error.details,
    };
  }
}

/**
 * The credentials with the key id that the request names; the signature must then prove them. An unknown id is refused.
 */
function credentialsNamed({ credentials, headers }: SigV4Request, parameters: [string, string][]): Credentials {
  const { others = [] } = credentials;
  const [, inHeader] = /\bCredential=([^,\s]+)/.exec(String(headers.authorization ?? "")) ?? [];
  const named = inHeader ?? parameters.find(([name]) => name === "X-Amz-Credential")?.[1] ?? "";
  const id = named.split("/").slice(0, -4).join("/");
  return others.find(({ accessKeyId }) => accessKeyId === id) ?? credentials;
}

/** Decoded names and values in their order; `+` is a space. Throws URIError on a bad escape or bad UTF-8. */
export function parseQuery(query: string): [name: string, value: string][] {
  if (query === "") return [];
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
      return [decodeURIComponent(name.replaceAll("+", " ")), decodeURIComponent(value.replaceAll("+", " "))];
    });
}

function verifyHeader(request: SigV4Request, parameters: [string, string][]): SigV4Verified {
  const authorization = headerOf(request, "authorization");
  if (authorization === undefined) throw new Refusal("missing");
  if (!authorization.startsWith(`${ALGORITHM} `)) throw new Refusal("unsupported");
  const fields = new Map<string, string>();
  for (const field of authorization.slice(ALGORITHM.length + 1).split(",")) {
    const at = field.indexOf("=");
    fields.set(field.slice(0, Math.max(at, 0)).trim(), field.slice(at + 1).trim());
  }
  const signedHeaders = parseSignedHeaders(fields.get("SignedHeaders"));
  const timestamp = requestTimestamp(request);
  const scope = parseScope(fields.get("Credential"), timestamp, request);
  checkToken(request.credentials, headerOf(request, "x-amz-security-token"));
  const at = parseTimestamp(timestamp);
  if (Math.abs(request.now.getTime() - at) > MAX_SKEW_MS) {
    throw new Refusal("skewed", undefined, {
      RequestTime: timestamp,
      ServerTime: request.now.toISOString(),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
    });
  }
  checkSignedHeaders(request, signedHeaders);
  const payloadHash = request.bodySha256 ?? headerOf(request, "x-amz-content-sha256");
  if (payloadHash === undefined) {
    throw new Refusal("unsupported", "Missing required header for this request: x-amz-content-sha256");
  }
  return checkSignature(
    request,
    "header",
    parameters,
    signedHeaders,
    payloadHash,
    timestamp,
    scope,
    fields.get("Signature"),
  );
}

function verifyQuery(request: SigV4Request, parameters: [string, string][]): SigV4Verified {
  if (headerOf(request, "authorization") !== undefined) {
    throw new Refusal(
      "unsupported",
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified",
    );
  }
  const one = (name: string): string | undefined => {
    const values = parameters.filter(([other]) => other === name);
    if (values.length > 1) throw new Refusal("malformed", `${name} must be given once`);
    return values[0]?.[1];
  };
  if (one("X-Amz-Algorithm") !== ALGORITHM)
    throw new Refusal("malformed", `X-Amz-Algorithm only supports "${ALGORITHM}"`);
  const timestamp = one("X-Amz-Date") ?? "";
  const at = parseTimestamp(timestamp);
  const expires = one("X-Amz-Expires") ?? "";
  if (!/^\d{1,7}$/.test(expires) || Number(expires) < 1 || Number(expires) > MAX_EXPIRES_SECONDS) {
    throw new Refusal("malformed", `X-Amz-Expires must be a number of seconds from 1 to ${MAX_EXPIRES_SECONDS}`);
  }
  const signedHeaders = parseSignedHeaders(one("X-Amz-SignedHeaders"));
  const scope = parseScope(one("X-Amz-Credential"), timestamp, request);
  checkToken(request.credentials, one("X-Amz-Security-Token"));
  checkSignedHeaders(request, signedHeaders);
  const payloadHash =
    request.bodySha256 ??
    headerOf(request, "x-amz-content-sha256") ??
    one("X-Amz-Content-Sha256") ??
    "UNSIGNED-PAYLOAD";
  const verified = checkSignature(
    request,
    "query",
    parameters.filter(([name]) => name !== "X-Amz-Signature"),
    signedHeaders,
    payloadHash,
    timestamp,
    scope,
    one("X-Amz-Signature"),
  );
  const now = request.now.getTime();
  const end = at + Number(expires) * 1000;
  if (now > end) {
    throw new Refusal("expired", undefined, {
      "X-Amz-Expires": expires,
      Expires: new Date(end).toISOString(),
      ServerTime: request.now.toISOString(),
    });
  }
  if (at > now + MAX_SKEW_MS) throw new Refusal("expired", "Request is not valid yet");
  return verified;
}

function checkSignature(
  request: SigV4Request,
  via: "header" | "query",
  parameters: [string, string][],
  signedHeaders: ReadonlySet<string>,
  payloadHash: string,
  timestamp: string,
  scope: string,
  signature: string | undefined,
): SigV4Verified {
  if (signature === undefined || !/^[0-9a-f]{64}$/.test(signature))
    throw new Refusal("malformed", "The signature is missing or malformed");
  const canonical = [
    request.method,
    canonicalPath(request),
    canonicalQuery(parameters),
    ...[...signedHeaders].map((name) => `${name}:${canonicalHeader(request, name)}`),
    "",
    [...signedHeaders].join(";"),
    payloadHash,
  ].join("\n");
  // Node hands header bytes over as latin1, and the signer hashed those same bytes.
  const hash = createHash("sha256").update(Buffer.from(canonical, "latin1")).digest("hex");
  const stringToSign = [ALGORITHM, timestamp, scope, hash].join("\n");
  const key = signingKey(request.credentials.secretAccessKey, scope);
  const sign = (text: string): string => createHmac("sha256", key).update(text).digest("hex");
  if (!timingSafeEqual(Buffer.from(sign(stringToSign), "hex"), Buffer.from(signature, "hex"))) {
    throw new Refusal("mismatch", undefined, { StringToSign: stringToSign, SignatureProvided: signature });
  }
  return { ok: true, via, payloadHash, signedHeaders, timestamp, scope, signature, sign };
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

let lastKey: { secret: string; scope: string; key: Buffer } | undefined;

/** The key changes once a day, so the last one is cached. */
function signingKey(secret: string, scope: string): Buffer {
  if (lastKey?.secret !== secret || lastKey.scope !== scope) {
    const [date = "", ...rest] = scope.split("/");
    lastKey = { secret, scope, key: rest.reduce(hmac, hmac(`AWS4${secret}`, date)) };
  }
  return lastKey.key;
}

function parseSignedHeaders(list: string | undefined): ReadonlySet<string> {
  const names = list?.split(";") ?? [];
  const sorted = names.every((name, index) => index === 0 || (names[index - 1] ?? "") < name);
  if (list === undefined || !sorted || names.some((name) => !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name))) {
    throw new Refusal("malformed", "SignedHeaders must list lower-case names in order");
  }
  return new Set(names);
}

/** Host and every x-amz-* header that is sent must be signed, so that none can be added or changed on the way. */
function checkSignedHeaders(request: SigV4Request, signedHeaders: ReadonlySet<string>): void {
  const required = ["host", ...Object.keys(request.headers).filter((name) => name.startsWith("x-amz-"))];
  const missing = required.filter((name) => !signedHeaders.has(name));
  if (missing.length > 0) throw new Refusal("unsigned", undefined, { HeadersNotSigned: missing.join(", ") });
}

function parseScope(credential: string | undefined, timestamp: string, request: SigV4Request): string {
  const fields = (credential ?? "").split("/");
  const [date, region, service, terminator] = fields.slice(-4);
  if (fields.length < 5 || date === undefined || terminator !== "aws4_request") {
    throw new Refusal(
      "malformed",
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  if (date !== timestamp.slice(0, 8))
    throw new Refusal("malformed", "The credential's date is not the request's date.");
  if (region !== request.region) {
    throw new Refusal("malformed", `the region '${region}' is wrong; expecting '${request.region}'`, {
      Region: request.region,
    });
  }
  if (service !== request.service)
    throw new Refusal("malformed", `incorrect service "${service}". This endpoint belongs to "${request.service}".`);
  if (fields.slice(0, -4).join("/") !== request.credentials.accessKeyId) throw new Refusal("unknownKey");
  return `${date}/${region}/${service}/${terminator}`;
}

/** AWS refuses temporary keys without their token as unknown, and with another token as wrong. */
function checkToken(credentials: Credentials, token: string | undefined): void {
  if (token === undefined && credentials.sessionToken !== undefined) throw new Refusal("unknownKey");
  if (token === undefined) return;
  const given = createHash("sha256").update(token).digest();
  const known = createHash("sha256")
    .update(credentials.sessionToken ?? "")
    .digest();
  if (credentials.sessionToken === undefined || !timingSafeEqual(given, known)) throw new Refusal("badToken");
}

function requestTimestamp(request: SigV4Request): string {
  const amzDate = headerOf(request, "x-amz-date");
  if (amzDate !== undefined) return amzDate;
  const date = new Date(headerOf(request, "date") ?? "");
  if (Number.isNaN(date.getTime()))
    throw new Refusal("missing", "AWS authentication requires a valid Date or x-amz-date header");
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

function parseTimestamp(timestamp: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  const at = match
    ? Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}Z`)
    : Number.NaN;
  if (Number.isNaN(at))
    throw new Refusal("malformed", "The date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  return at;
}

function headerOf(request: SigV4Request, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : value?.[0];
}

function canonicalHeader(request: SigV4Request, name: string): string {
  const value = request.headers[name];
  const values = value === undefined ? [] : typeof value === "string" ? [value] : value;
  return values.map((one) => one.trim().replaceAll(/ +/g, " ")).join(",");
}

/** S3 encodes the path once; for the other services the path as it was sent is encoded once more. */
function canonicalPath(request: SigV4Request): string {
  if (request.service !== "s3") return request.path.split("/").map(encode).join("/");
  return request.path
    .split("/")
    .map((segment) => encode(decodeURIComponent(segment)))
    .join("/");
}

function canonicalQuery(parameters: [string, string][]): string {
  return parameters
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Everything but the unreserved characters of RFC 3986. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
