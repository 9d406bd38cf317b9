/** The local S3: an HTTP server that verifies what S3 verifies, over files on disk. */
import { randomBytes } from "node:crypto";
import { createReadStream, mkdirSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { refuseForeignHost } from "../../core/hosts.ts";
import type { Ledger } from "../../core/ledger.ts";
import { type Credentials, parseQuery, verifySigV4 } from "../../core/sigv4.ts";
import { type BucketDeclaration, corsRules, declareBucket } from "./buckets.ts";
import { type Caller, findCaller } from "./callers.ts";
import { corsHeaders, preflightHeaders } from "./cors.ts";
import { S3Error } from "./errors.ts";
import { runLifecycle } from "./lifecycle.ts";
import type { Notification } from "./outbox.ts";
import type { ObjectBody, Reply, S3Request } from "./request.ts";
import { findOperation, getBucket } from "./routes.ts";
import { openStorage, type Storage } from "./storage.ts";

export type { BucketDeclaration } from "./buckets.ts";
export type { Caller } from "./callers.ts";
export type { Notification } from "./outbox.ts";

export type S3Options = {
  dataDir: string;
  region: string;
  /** The caller who may do everything. */
  credentials: Credentials;
  /** Other callers, who may do everything except list some buckets. */
  callers?: Caller[];
  buckets: BucketDeclaration[];
  ledger: Ledger;
  /** Receives notifications of new objects. Each must be confirmed; until then it is repeated at every start. */
  deliver?: (notifications: Notification[]) => void;
  now?: () => Date;
};

export type S3 = {
  /** Not listening yet; connections may also be passed to it. */
  server: Server;
  activity(): { inFlight: number; lastUsedAt: number };
  /** Confirms notifications. */
  confirm(ids: readonly number[]): void;
  /** Lets running requests end for up to two seconds, then closes the index. */
  close(): Promise<void>;
};

const KEEP_ALIVE_MS = 10_000;
const CLOSE_MS = 2000;
const MAX_KEY_BYTES = 1024;
const READ_BYTES = 1024 * 1024;
/** The rest of a refused request's body is read up to this size, so that the client sees the answer. */
const MAX_DRAIN_BYTES = 32 * 1024 ** 2;

export function createS3(options: S3Options): S3 {
  const { region, ledger, deliver = () => {}, now = () => new Date() } = options;
  mkdirSync(options.dataDir, { recursive: true });
  const notifying = options.buckets.flatMap(({ name, notifications }) =>
    notifications === undefined ? [] : [[name, notifications] as const],
  );
  const storage = openStorage(options.dataDir, { region, buckets: new Map(notifying), deliver });
  for (const bucket of options.buckets) declareBucket(storage, bucket, now());
  runLifecycle(storage, now());
  storage.outbox.flush();

  let inFlight = 0;
  let lastUsedAt = Date.now();
  const serve =
    (awaitsContinue: boolean) =>
    async (raw: IncomingMessage, response: ServerResponse): Promise<void> => {
      if (refuseForeignHost(raw, response)) return;
      inFlight++;
      lastUsedAt = Date.now();
      response.once("close", () => {
        inFlight--;
        lastUsedAt = Date.now();
      });
      await handle(storage, {
        raw,
        response,
        awaitsContinue,
        now: now(),
        region,
        credentials: options.credentials,
        callers: options.callers ?? [],
        ledger,
      });
    };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, serve(false));
  server.on("checkContinue", serve(true));
  return {
    server,
    activity: () => ({ inFlight, lastUsedAt }),
    confirm: (ids) => storage.outbox.confirm(ids),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const force = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await closed;
      clearTimeout(force);
      storage.index.close();
    },
  };
}

type Incoming = {
  raw: IncomingMessage;
  response: ServerResponse;
  awaitsContinue: boolean;
  now: Date;
  region: string;
  credentials: Credentials;
  callers: readonly Caller[];
  ledger: Ledger;
};

async function handle(storage: Storage, incoming: Incoming): Promise<void> {
  const { raw, response, ledger } = incoming;
  const started = performance.now();
  const requestId = randomBytes(8).toString("hex").toUpperCase();
  const { bucket, key, resource } = locate(raw.url ?? "/");
  const rules = corsRules(storage.index.findBucket(bucket));
  response.setHeader("x-amz-request-id", requestId);
  response.setHeader("server", "AmazonS3");
  let request: S3Request | undefined;
  let operation = "";
  let bytesOut = 0;
  try {
    if (raw.method === "OPTIONS") {
      const allowed = preflightHeaders(rules, raw);
      if (!allowed) throw new S3Error("AccessForbidden");
      response.writeHead(200, { ...allowed, "content-length": "0" }).end();
      return;
    }
    for (const [name, value] of Object.entries(corsHeaders(rules, raw))) response.setHeader(name, value);
    request = authenticate(incoming, bucket, key, resource);
    const { name, run } = findOperation(request, incoming.region);
    if (bucket !== "" && name !== "CreateBucket") getBucket(storage, bucket);
    if (key.length > MAX_KEY_BYTES) throw new S3Error("KeyTooLongError");
    operation = name;
    bytesOut = await send(response, await run(storage, request));
  } catch (error) {
    if (response.headersSent || response.destroyed) response.destroy();
    else refuse(raw, response, toS3Error(error), resource, requestId);
  } finally {
    // S3 does not bill requests without a valid signature to the bucket's owner.
    if (operation !== "") {
      const units = { requests: 1, bytesIn: request?.bytesIn ?? 0, bytesOut };
      ledger({ service: "s3", operation, resource: bucket, units, ms: Math.round(performance.now() - started) });
    }
  }
}

function locate(url: string): { bucket: string; key: Buffer; resource: string } {
  const path = url.split("?", 1)[0] ?? "/";
  let resource = path;
  try {
    resource = decodeURIComponent(path);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
  }
  const slash = resource.indexOf("/", 1);
  const bucket = resource.slice(1, slash < 0 ? undefined : slash);
  return { bucket, key: Buffer.from(slash < 0 ? "" : resource.slice(slash + 1)), resource };
}

function authenticate(incoming: Incoming, bucket: string, key: Buffer, resource: string): S3Request {
  const { raw, response, now, awaitsContinue } = incoming;
  const [path = "/", query = ""] = splitOnce(raw.url ?? "/", "?");
  const caller = findCaller(incoming.callers, raw);
  const auth = verifySigV4({
    method: raw.method ?? "GET",
    path,
    query,
    headers: raw.headersDistinct,
    service: "s3",
    region: incoming.region,
    credentials: caller?.credentials ?? incoming.credentials,
    now,
  });
  if (!auth.ok) {
    throw new S3Error(
      { code: auth.code, status: auth.status },
      auth.message,
      auth.details ? { details: auth.details } : {},
    );
  }
  return {
    raw,
    response,
    method: raw.method ?? "GET",
    bucket,
    key,
    resource,
    query: new Map(parseQuery(query)),
    auth,
    mayList: (name) => caller === undefined || caller.mayList.includes(name),
    now,
    awaitsContinue,
    bytesIn: 0,
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** Returns the number of body bytes that were sent. */
async function send(response: ServerResponse, { status, headers = {}, body }: Reply): Promise<number> {
  if (body === undefined || typeof body === "string") {
    const bytes = Buffer.from(body ?? "");
    const length =
      headers["content-length"] === undefined && status !== 204 ? { "content-length": String(bytes.length) } : {};
    response.writeHead(status, {
      ...(body === undefined ? {} : { "content-type": "application/xml" }),
      ...length,
      ...headers,
    });
    response.end(bytes);
    return bytes.length;
  }
  response.writeHead(status, headers);
  return stream(response, body);
}

async function stream(response: ServerResponse, body: ObjectBody): Promise<number> {
  try {
    for (const { path, start, length } of body.slices) {
      await pipeline(createReadStream(path, { start, end: start + length - 1, highWaterMark: READ_BYTES }), response, {
        end: false,
      });
    }
    response.end();
    return body.length;
  } finally {
    body.release();
  }
}

function toS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  console.error(error);
  return new S3Error("InternalError", undefined, { cause: error });
}

/** Reads and drops the rest of the body, up to a limit: a closed connection would hide the answer from the client. */
function refuse(
  raw: IncomingMessage,
  response: ServerResponse,
  error: S3Error,
  resource: string,
  requestId: string,
): void {
  const left = Number(raw.headers["content-length"] ?? 0);
  const drains = raw.complete || left <= MAX_DRAIN_BYTES;
  const isBare = raw.method === "HEAD" || error.status === 304;
  const body = isBare ? "" : error.toXml(resource, requestId, requestId);
  response.writeHead(error.status, {
    ...(isBare ? {} : { "content-type": "application/xml", "content-length": String(Buffer.byteLength(body)) }),
    ...(drains ? {} : { connection: "close" }),
    ...error.headers,
  });
  response.end(body);
  if (!raw.complete) raw.resume();
}
