/** What AWS documents of HTTP APIs, asked over HTTP of real function processes. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Cors, corsFor, type HttpApi, httpApi } from "#infra/api-rules.ts";
import { readSettings } from "#infra/settings.ts";
import type { LedgerEntry } from "../../core/ledger.ts";
import { apiPort } from "../../environment.ts";
import { startTestCloud } from "../../testing/cloud.ts";
import { temporaryDirectory } from "../../testing/temporary.ts";
import { until } from "../../testing/until.ts";
import { createFunctions } from "../lambda/functions.ts";
import type { HttpEvent } from "../lambda/http-event.ts";
import { createGateway, type GatewayOptions } from "./gateway.ts";

/** Answers what the path says, else the event itself. */
const API = `
export const handler = async (event) => {
  switch (event.rawPath) {
    case "/v1/throw": throw new Error("a secret of the function");
    case "/v1/hang": return new Promise(() => {});
    case "/v1/text": return "Hello from Lambda!";
    case "/v1/object": return { message: "Hello from Lambda!" };
    case "/v1/nothing": return { statusCode: 204, headers: { "content-length": "4" } };
    case "/v1/created": return { statusCode: 201, headers: { "X-Made": "yes", "access-control-allow-origin": "https://own.example" }, cookies: ["a=1; Path=/", "b=2"], body: "made" };
    case "/v1/bytes": return { statusCode: 200, headers: { "content-type": "image/png" }, isBase64Encoded: true, body: Buffer.from([0, 255, 1]).toString("base64") };
    case "/v1/bad-status": return { statusCode: "many", body: "" };
    case "/v1/bad-body": return { statusCode: 200, body: { not: "a string" } };
    case "/v1/bad-header": return { statusCode: 200, headers: { "a name": "x" }, body: "" };
    case "/v1/large": return { statusCode: 200, body: "x".repeat(event.queryStringParameters.bytes) };
    default: return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(event) };
  }
};`;

/** Says yes to "Bearer yes…", writes down what it was asked. */
const authorizer = (log: string): string => `
import { appendFileSync } from "node:fs";
export const handler = async (event) => {
  appendFileSync(${JSON.stringify(log)}, JSON.stringify(event) + "\\n");
  const token = event.identitySource[0];
  if (token === "Bearer throw") throw new Error("broken");
  if (token === "Bearer odd") return { isAuthorized: "yes" };
  return { isAuthorized: token.startsWith("Bearer yes"), context: { workspace: "w1", scopes: ["read"] } };
};`;

const YES = { authorization: "Bearer yes" };

async function gateway(t: TestContext, api: Partial<HttpApi> = {}, more: Partial<GatewayOptions> = {}) {
  const bundles = temporaryDirectory(t);
  const log = join(bundles, "asked.jsonl");
  for (const [name, source] of Object.entries({ api: API, authorize: authorizer(log) })) {
    mkdirSync(join(bundles, name));
    writeFileSync(join(bundles, name, "index.mjs"), source);
  }
  const declaration = { entry: "", memoryMb: 512, timeoutSeconds: 60, concurrency: 2 };
  const functions = createFunctions({
    bundles,
    declarations: { api: declaration, authorize: declaration },
    environment: { PATH: process.env.PATH ?? "" },
    region: "us-east-1",
    idleMs: 60_000,
    ledger: () => {},
    log: () => {},
  });
  const entries: LedgerEntry[] = [];
  const lines: string[] = [];
  const clock = { now: Date.UTC(2026, 2, 12, 19, 3, 58) };
  const server = createGateway({
    api: { ...httpApi, ...api },
    functions,
    region: "us-east-1",
    ledger: (entry) => entries.push(entry),
    accessLog: (line) => lines.push(line),
    now: () => clock.now,
    ...more,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await functions.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    entries,
    lines,
    clock,
    functions,
    call: (path: string, options: Call = {}) => call(port, path, options),
    event: async (path: string, options: Call = {}) =>
      JSON.parse((await call(port, path, { headers: YES, ...options })).body.toString()) as HttpEvent,
    /** The events that the authorizer has been called with. */
    asked: () =>
      existsSync(log)
        ? readFileSync(log, "utf8")
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as HttpEvent & Record<string, unknown>)
        : [],
  };
}

type Call = { method?: string; headers?: Record<string, string | string[]>; body?: Buffer | string };
type Got = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/** A request whose path is sent as it is. */
function call(port: number, path: string, { method = "GET", headers = {}, body }: Call): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: "127.0.0.1", path, method, headers, agent: false }, async (response) => {
      try {
        const parts: Buffer[] = [];
        for await (const chunk of response) parts.push(chunk as Buffer);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.once("error", reject).end(body);
  });
}

/** An answer of the gateway itself. */
function isRefusal({ status, headers, body }: Got, expected: number, message: string): void {
  assert.deepEqual([status, JSON.parse(body.toString())], [expected, { message }]);
  assert.equal(headers["content-type"], "application/json");
}

test("a full match goes before a greedy one, a method before ANY, and $default comes last", async (t) => {
  const routes = Object.fromEntries(
    ["$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}", "GET /pets/dog/1", "ANY /pets/dog/1"].map(
      (key) => [key, { authorized: false }],
    ),
  );
  const { event } = await gateway(t, { routes });
  for (const [method, path, key, parameters] of [
    ["GET", "/pets/dog/1", "GET /pets/dog/1", undefined],
    ["POST", "/pets/dog/1", "ANY /pets/dog/1", undefined],
    ["GET", "/pets/dog/2", "GET /pets/dog/{id}", { id: "2" }],
    ["GET", "/pets/cat/1", "GET /pets/{proxy+}", { proxy: "cat/1" }],
    ["POST", "/test/5", "ANY /{proxy+}", { proxy: "test/5" }],
    ["GET", "/", "$default", undefined],
  ] as const) {
    const { routeKey, requestContext, pathParameters } = await event(path, { method });
    assert.deepEqual([routeKey, requestContext.routeKey, pathParameters], [key, key, parameters], `${method} ${path}`);
  }
});

test("what no route fits is not found", async (t) => {
  const { call } = await gateway(t);
  for (const path of ["/", "/v1", "/v1/", "/v2/transfers", "/V1/transfers", "/v1x/y"])
    isRefusal(await call(path, { headers: YES }), 404, "Not Found");
});

test("a request becomes an event in payload format 2.0", async (t) => {
  const { event, port } = await gateway(t);
  const got = await event("/v1/transfers/a%20b%2Fc?tag=x&tag=y%20z&toString=1&empty", {
    method: "POST",
    headers: {
      ...YES,
      "X-Many": ["1", "2"],
      cookie: "a=1; b=2",
      "content-type": "application/json",
      "user-agent": "test",
      "x-forwarded-for": "192.0.2.7",
    },
    body: '{"ü":1}',
  });
  const { headers, requestContext, ...rest } = got;
  assert.deepEqual(rest, {
    version: "2.0",
    routeKey: "ANY /v1/{proxy+}",
    rawPath: "/v1/transfers/a b/c",
    rawQueryString: "tag=x&tag=y%20z&toString=1&empty",
    cookies: ["a=1", "b=2"],
    queryStringParameters: { tag: "x,y z", toString: "1", empty: "" },
    pathParameters: { proxy: "transfers/a b/c" },
    body: '{"ü":1}',
    isBase64Encoded: false,
  });
  assert.equal(headers["x-many"], "1, 2");
  assert.equal(headers["cookie"], undefined);
  assert.equal(headers["authorization"], "Bearer yes");
  assert.equal(headers["x-forwarded-for"], "192.0.2.7, 127.0.0.1", "what a client says of itself proves nothing");
  assert.equal(headers["x-forwarded-port"], String(port));
  const { requestId, ...context } = requestContext;
  assert.match(requestId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(context, {
    accountId: "000000000000",
    apiId: "local",
    authorizer: { lambda: { workspace: "w1", scopes: ["read"] } },
    domainName: `127.0.0.1:${port}`,
    domainPrefix: "127",
    http: {
      method: "POST",
      path: "/v1/transfers/a b/c",
      protocol: "HTTP/1.1",
      sourceIp: "127.0.0.1",
      userAgent: "test",
    },
    routeKey: "ANY /v1/{proxy+}",
    stage: "$default",
    time: "12/Mar/2026:19:03:58 +0000",
    timeEpoch: Date.UTC(2026, 2, 12, 19, 3, 58),
  });
});

test("bodies travel as text where API Gateway takes them for text, else as base64", async (t) => {
  const { event } = await gateway(t);
  const body = "a=1";
  const base64 = Buffer.from(body).toString("base64");
  for (const [type, expected] of [
    ["text/csv", body],
    ["application/json; charset=utf-8", body],
    ["application/octet-stream", base64],
    ["application/x-www-form-urlencoded", base64],
    ["application/merge-patch+json", base64],
    ["", base64],
  ] as const) {
    const headers = type ? { ...YES, "content-type": type } : YES;
    const sent = await event("/v1/x", { method: "PUT", headers, body });
    assert.deepEqual([sent.body, sent.isBase64Encoded], [expected, expected !== body], type);
  }
});

test("what a request does not have is absent from its event", async (t) => {
  const { event } = await gateway(t);
  const plain = await event("/v1/x");
  for (const name of ["body", "cookies", "queryStringParameters"]) assert.ok(!(name in plain), name);
});

test("a decoded path is cut off at its question mark, and one that can't be decoded is refused", async (t) => {
  const { event, call } = await gateway(t);
  assert.equal((await event("/v1/a%3Fb?c=d")).rawPath, "/v1/a");
  isRefusal(await call("/v1/%zz", { headers: YES }), 400, "Bad Request");
});

test("the function's answer comes back: inferred, with status, headers, cookies and bytes", async (t) => {
  const { call } = await gateway(t);
  const get = (path: string, method = "GET") => call(path, { method, headers: YES });
  for (const [path, body] of [
    ["/v1/text", '"Hello from Lambda!"'],
    ["/v1/object", '{"message":"Hello from Lambda!"}'],
  ] as const) {
    const answer = await get(path);
    assert.deepEqual([answer.status, answer.headers["content-type"]], [200, "application/json"]);
    assert.equal(answer.body.toString(), body);
  }
  const made = await get("/v1/created");
  assert.deepEqual([made.status, made.headers["x-made"], made.body.toString()], [201, "yes", "made"]);
  assert.deepEqual(made.headers["set-cookie"], ["a=1; Path=/", "b=2"]);
  assert.match(String(made.headers["apigw-requestid"]), /^[0-9a-f-]{36}$/);
  assert.deepEqual([...(await get("/v1/bytes")).body], [0, 255, 1]);
  const nothing = await get("/v1/nothing");
  assert.deepEqual([nothing.status, nothing.headers["content-length"], nothing.body.length], [204, undefined, 0]);
  const head = await get("/v1/created", "HEAD");
  assert.deepEqual([head.status, head.headers["content-length"], head.body.length], [201, "4", 0]);
});

test("failures and answers that are none are an internal error, which tells nothing", async (t) => {
  const { call, lines } = await gateway(t);
  for (const path of ["throw", "bad-status", "bad-body", "bad-header"])
    isRefusal(await call(`/v1/${path}`, { headers: YES }), 500, "Internal Server Error");
  isRefusal(await call(`/v1/large?bytes=${6 * 1024 ** 2 + 1}`, { headers: YES }), 500, "Internal Server Error");
  assert.ok(!lines.join().includes("a secret of the function"));
});

test("an integration that takes too long is not waited for", async (t) => {
  const { call } = await gateway(t, { routes: { $default: { authorized: false } } }, { integrationMs: 100 });
  isRefusal(await call("/v1/hang"), 503, "Service Unavailable");
});

test("a function that is not deployed is unavailable", async (t) => {
  const { call } = await gateway(t, { integration: "none" });
  isRefusal(await call("/v1/openapi.json"), 503, "Service Unavailable");
});

test("without its identity source a request is unauthorized, and the authorizer is not asked", async (t) => {
  const { call, asked } = await gateway(t);
  isRefusal(await call("/v1/x"), 401, "Unauthorized");
  isRefusal(await call("/v1/x", { headers: { authorization: "" } }), 401, "Unauthorized");
  assert.deepEqual(asked(), []);
});

test("a public route asks nobody", async (t) => {
  const { event, asked } = await gateway(t);
  const { routeKey, requestContext } = await event("/v1/openapi.json", { headers: {} });
  assert.equal(routeKey, "GET /v1/openapi.json");
  assert.equal(requestContext.authorizer, undefined);
  assert.deepEqual(asked(), []);
});

test("the authorizer is told the request without its body, and its no is forbidden", async (t) => {
  const { call, asked } = await gateway(t);
  const headers = { authorization: "Bearer no" };
  isRefusal(await call("/v1/x?a=1", { method: "POST", headers, body: "the body" }), 403, "Forbidden");
  const [{ version, type, routeArn, identitySource, routeKey, pathParameters, ...rest } = assert.fail()] = asked();
  assert.deepEqual([version, type, identitySource], ["2.0", "REQUEST", ["Bearer no"]]);
  assert.equal(routeArn, "arn:aws:execute-api:us-east-1:000000000000:local/$default/POST/v1/x");
  assert.deepEqual([routeKey, pathParameters], ["ANY /v1/{proxy+}", { proxy: "x" }]);
  assert.equal(rest.queryStringParameters?.["a"], "1");
  assert.ok(!("body" in rest) && !("isBase64Encoded" in rest));
});

test("an authorizer that fails or answers something else is an internal error, which is not kept", async (t) => {
  const { call, asked } = await gateway(t);
  for (const authorization of ["Bearer throw", "Bearer odd", "Bearer odd"])
    isRefusal(await call("/v1/x", { headers: { authorization } }), 500, "Internal Server Error");
  assert.equal(asked().length, 3);
});

test("what the authorizer said is kept for its time, for every route and by the identity alone", async (t) => {
  const { call, clock, asked } = await gateway(t);
  const get = async (path: string, authorization: string) => (await call(path, { headers: { authorization } })).status;
  assert.equal(await get("/v1/a", "Bearer yes"), 200);
  assert.equal(await get("/v1/b", "Bearer yes"), 200);
  assert.equal(await get("/v1/a", "Bearer no"), 403);
  assert.equal(await get("/v1/b", "Bearer no"), 403);
  assert.equal(asked().length, 2);
  clock.now += 59_999;
  await get("/v1/a", "Bearer yes");
  assert.equal(asked().length, 2);
  clock.now += 1;
  assert.equal(await get("/v1/a", "Bearer yes"), 200);
  assert.equal(asked().length, 3);
});

test("with a time of zero the authorizer is asked each time", async (t) => {
  const { call, asked } = await gateway(t, { authorizer: { ...httpApi.authorizer, ttlSeconds: 0 } });
  for (let times = 0; times < 3; times++) await call("/v1/x", { headers: YES });
  assert.equal(asked().length, 3);
});

test("of what is kept the oldest goes, so that tokens without end don't fill memory", async (t) => {
  const throttle = { rate: 1, burst: 2000 };
  const invoked: unknown[] = [];
  const functions: GatewayOptions["functions"] = {
    async invoke(name, event) {
      if (name === "authorize") invoked.push((event as { identitySource: string[] }).identitySource[0]);
      return { requestId: "", payload: Buffer.from('{"isAuthorized":false}'), failed: false };
    },
  };
  const { call } = await gateway(t, { throttle }, { functions });
  const ask = (token: number) => call("/v1/x", { headers: { authorization: `${token}` } });
  for (let token = 0; token <= 1000; token++) await ask(token);
  await ask(1000);
  assert.equal(invoked.length, 1001);
  await ask(0);
  assert.equal(invoked.length, 1002);
});

test("a burst and then the rate pass, each route by itself; the rest are too many", async (t) => {
  const { call, clock, asked } = await gateway(t, { throttle: { rate: 2, burst: 3 } });
  const statuses = async (times: number, path: string) => {
    const all: number[] = [];
    for (let time = 0; time < times; time++) all.push((await call(path, { headers: YES })).status);
    return all;
  };
  assert.deepEqual(await statuses(4, "/v1/x"), [200, 200, 200, 429]);
  isRefusal(await call("/v1/x"), 429, "Too Many Requests");
  assert.deepEqual(await statuses(1, "/v1/openapi.json"), [200]);
  clock.now += 499;
  assert.deepEqual(await statuses(1, "/v1/x"), [429]);
  clock.now += 1;
  assert.deepEqual(await statuses(2, "/v1/x"), [200, 429]);
  clock.now += 60_000;
  assert.deepEqual(await statuses(4, "/v1/x"), [200, 200, 200, 429]);
  assert.equal(asked().length, 2, "what is throttled is not asked for");
});

test("bodies over the quotas of the gateway or of Lambda are too large, announced or not", async (t) => {
  const { call } = await gateway(t);
  const body = Buffer.alloc(10 * 1024 ** 2 + 1, "x");
  const send = (size: number, more = {}) =>
    call("/v1/x", {
      method: "POST",
      headers: { ...YES, "content-type": "text/plain", ...more },
      body: body.subarray(0, size),
    });
  isRefusal(await send(body.length), 413, "Request Entity Too Large");
  isRefusal(await send(body.length, { "transfer-encoding": "chunked" }), 413, "Request Entity Too Large");
  isRefusal(await send(6 * 1024 ** 2), 413, "Request Entity Too Large");
  assert.equal((await send(2 * 1024 ** 2)).status, 200);
});

test("request line and headers over 10,240 bytes are refused", async (t) => {
  const { call } = await gateway(t);
  const send = (size: number) => call("/v1/x", { headers: { ...YES, "x-filler": "x".repeat(size) } });
  assert.equal((await send(10_000)).status, 200);
  isRefusal(await send(10_240), 431, "Request Header Fields Too Large");
  isRefusal(await call(`/v1/x?${"x".repeat(10_240)}`, { headers: YES }), 431, "Request Header Fields Too Large");
  isRefusal(await send(30_000), 431, "Request Header Fields Too Large");
});

test("without CORS declared, the gateway knows none, and the function's own headers pass", async (t) => {
  const { call } = await gateway(t);
  const headers = { origin: "https://a.example", "access-control-request-method": "GET" };
  isRefusal(await call("/v1/created", { method: "OPTIONS", headers }), 401, "Unauthorized");
  const own = await call("/v1/created", { headers: { ...YES, origin: "https://a.example" } });
  assert.equal(own.headers["access-control-allow-origin"], "https://own.example");
});

test("with CORS declared, the gateway answers preflights, and its headers replace the function's", async (t) => {
  const cors: Cors = {
    allowOrigins: ["https://a.example"],
    allowMethods: ["GET", "POST"],
    allowHeaders: ["authorization"],
    exposeHeaders: ["x-made"],
    maxAgeSeconds: 300,
  };
  const { call, functions, entries } = await gateway(t, { cors });
  const ask = (origin: string) =>
    call("/v1/created", { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
  const { status, headers } = await ask("https://a.example");
  assert.equal(status, 204);
  assert.equal(headers["access-control-allow-origin"], "https://a.example");
  assert.equal(headers["access-control-allow-methods"], "GET,POST");
  assert.equal(headers["access-control-allow-headers"], "authorization");
  assert.equal(headers["access-control-max-age"], "300");
  assert.equal((await ask("https://b.example")).headers["access-control-allow-origin"], undefined);
  assert.ok(
    functions.status().every(({ state }) => state === "asleep"),
    "no function is called",
  );
  assert.deepEqual(entries, []);
  const get = (origin: string, more = YES) => call("/v1/created", { headers: { ...more, origin } });
  const allowed = await get("https://a.example");
  assert.equal(allowed.headers["access-control-allow-origin"], "https://a.example");
  assert.equal(allowed.headers["access-control-expose-headers"], "x-made");
  assert.equal((await get("https://b.example")).headers["access-control-allow-origin"], undefined);
});

test("pages of an origin that the settings name may send what the interface takes, and see what it says", async (t) => {
  assert.deepEqual(corsFor([]), {});
  const { call } = await gateway(t, corsFor(readSettings({ DORMOUSE_API_ORIGINS: "https://a.example" }).apiOrigins));
  const asked = { "access-control-request-method": "PUT", "access-control-request-headers": "idempotency-key" };
  const ask = (origin: string) => call("/v1/me", { method: "OPTIONS", headers: { origin, ...asked } });
  const { status, headers } = await ask("https://a.example");
  assert.equal(status, 204);
  assert.equal(headers["access-control-allow-origin"], "https://a.example");
  assert.match(headers["access-control-allow-headers"] ?? "", /authorization.*idempotency-key.*if-match/);
  assert.match(headers["access-control-allow-methods"] ?? "", /PUT/);
  assert.equal(headers["access-control-allow-credentials"], undefined);
  const got = await call("/v1/text", { headers: { ...YES, origin: "https://a.example" } });
  assert.match(got.headers["access-control-expose-headers"] ?? "", /etag.*ratelimit/);
  assert.equal((await ask("https://a.example.evil.test")).headers["access-control-allow-origin"], undefined);
});

test("origins may be all, or all that are served by TLS", async (t) => {
  for (const [pattern, origin, expected] of [
    ["*", "http://a.example", "*"],
    ["https://*", "https://a.example", "https://a.example"],
    ["https://*", "http://a.example", undefined],
  ] as const) {
    const { call } = await gateway(t, { cors: { allowOrigins: [pattern] } });
    const { headers } = await call("/nowhere", { headers: { origin } });
    assert.equal(headers["access-control-allow-origin"], expected);
  }
});

test("the log has a line for each request, with neither its query nor its key", async (t) => {
  const { call, lines } = await gateway(t);
  await call("/v1/text?secret=1", { headers: { authorization: "Bearer yes-secret" } });
  await call("/elsewhere?secret=1");
  await call("/v1/throw", { headers: YES });
  await until("three lines", () => lines.length === 3);
  assert.match(lines[0] ?? "", /^GET \/v1\/text "ANY \/v1\/\{proxy\+\}" 200 20 \d+\.\d ms 127\.0\.0\.1 [0-9a-f-]{36}$/);
  assert.match(lines[1] ?? "", /^GET \/elsewhere - 404 23 /);
  assert.match(lines[2] ?? "", / 500 35 .* api failed$/);
  assert.ok(!lines.join().includes("secret"));
});

test("the ledger has what AWS bills: requests to the integration, by 512 KB of what came in and went out", async (t) => {
  const { call, entries, lines } = await gateway(t, { throttle: { rate: 1, burst: 5 } });
  await call("/v1/text", { headers: YES });
  await call(`/v1/large?bytes=${512 * 1024}`, { method: "POST", headers: YES, body: "x" });
  await call("/v1/throw", { headers: YES });
  await call("/elsewhere");
  await call("/v1/x");
  await call("/v1/x", { headers: { authorization: "Bearer no" } });
  await call("/v1/x", { headers: YES });
  await until("all are done", () => lines.length === 7);
  assert.deepEqual(
    lines.map((line) => Number(/" (\d+)|- (\d+)/.exec(line)?.slice(1).join(""))),
    [200, 200, 500, 404, 401, 403, 429],
  );
  assert.deepEqual(
    entries.map(({ service, operation, units }) => [service, operation, units]),
    [
      ["apigateway", "ANY /v1/{proxy+}", { requests: 1, bytesOut: 20 }],
      ["apigateway", "ANY /v1/{proxy+}", { requests: 2, bytesOut: 512 * 1024 }],
      ["apigateway", "ANY /v1/{proxy+}", { requests: 1, bytesOut: 35 }],
    ],
  );
});

test("only names of this machine are answered", async (t) => {
  const { call, port, lines } = await gateway(t);
  for (const host of ["evil.example", `evil.example:${port}`, `localhost.evil.example:${port}`])
    assert.equal((await call("/v1/openapi.json", { headers: { host } })).status, 421, host);
  assert.deepEqual(lines, []);
  for (const host of [`localhost:${port}`, `[::1]:${port}`])
    assert.equal((await call("/v1/openapi.json", { headers: { host } })).status, 200, host);
});

test("the first request wakes the functions that it needs, and no others", async (t) => {
  const { call, functions } = await gateway(t);
  assert.ok(functions.status().every(({ pids }) => pids.length === 0));
  await call("/v1/openapi.json");
  assert.deepEqual(
    functions.status().map(({ name, pids }) => [name, pids.length]),
    [
      ["api", 1],
      ["authorize", 0],
    ],
  );
});

test("the local cloud serves it after the inbox, and keeps its log", async (t) => {
  const { environment, home } = await startTestCloud(t, {});
  assert.equal(apiPort(environment), environment.port + 5);
  isRefusal(await call(apiPort(environment), "/v1/x", {}), 401, "Unauthorized");
  assert.match(readFileSync(join(home, "logs", "apigateway.log"), "utf8"), /access GET \/v1\/x .* 401 /);
});
