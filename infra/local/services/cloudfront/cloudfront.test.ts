import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { brotliDecompressSync } from "node:zlib";
import { SECURITY_HEADERS } from "#infra/security-headers.ts";
import type { LedgerEntry } from "../../core/ledger.ts";
import { temporaryDirectory } from "../../testing/temporary.ts";
import { until } from "../../testing/until.ts";
import type { HttpEvent } from "../lambda/http-event.ts";
import { createFunction } from "../lambda/runner.ts";
import { createDistribution, type DistributionOptions } from "./distribution.ts";
import { createErrorCache } from "./error-cache.ts";

/** Answers as OpenNext's wrapper does: a prelude, then the body. The path says what it answers. */
const HANDLER = `
import { existsSync } from "node:fs";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const handler = awslambda.streamifyResponse(async (event, raw) => {
  const open = (prelude) => awslambda.HttpResponseStream.from(raw, prelude);
  const path = event.rawPath;
  if (path === "/hang") await new Promise(() => {});
  if (path === "/throw") throw new Error("broken");
  if (path === "/cookies") return void open({ statusCode: 200, headers: {}, cookies: ["a=1; Path=/", "b=2; HttpOnly"] }).end("two");
  if (path === "/gone" || path === "/missing" || path === "/busy") {
    console.log("asked for " + path);
    const statusCode = { "/gone": 410, "/missing": 404, "/busy": 503 }[path];
    return void open({ statusCode, headers: {} }).end("to " + (event.cookies ?? ["nobody"]).join());
  }
  if (path === "/nothing") return void open({ statusCode: 302, headers: { location: "/next", "content-length": "0" } }).end("SOMETHING");
  if (path === "/own") return void open({ statusCode: 200, headers: { "referrer-policy": "origin" } }).end("its own");
  if (path === "/redirect") return void open({ statusCode: 307, headers: { location: "/next" } }).end("");
  if (path === "/slow") {
    const stream = open({ statusCode: 200, headers: { "content-type": "text/plain" } });
    stream.write("one");
    while (!existsSync(event.headers["x-gate"])) await pause(5);
    return void stream.end("two");
  }
  if (path === "/break") {
    const stream = open({ statusCode: 200, headers: {} });
    stream.write("begun");
    await pause(20);
    throw new Error("midway");
  }
  if (path === "/long") {
    const stream = open({ statusCode: 200, headers: {} });
    for (let sent = 0; sent < 200; sent += 1) {
      if (!stream.write(Buffer.alloc(64 * 1024))) await new Promise((resolve) => stream.once("drain", resolve));
    }
    console.log("long is done");
    return void stream.end();
  }
  open({ statusCode: 200, headers: { "content-type": "application/json" } }).end(JSON.stringify(event));
});`;

const SCRIPT = `console.log(${JSON.stringify("x".repeat(3000))});\n`;

const OUTPUT = {
  origins: {},
  behaviors: [
    { pattern: "_next/image*", origin: "imageOptimizer" },
    { pattern: "_next/data/*", origin: "default" },
    { pattern: "*", origin: "default" },
    { pattern: "BUILD_ID", origin: "s3" },
    { pattern: "_next/*", origin: "s3" },
    { pattern: "icon.svg", origin: "s3" },
  ],
};

async function distribution(t: TestContext, more: Partial<DistributionOptions> = {}) {
  const build = temporaryDirectory(t);
  const put = (path: string, content: string): void => {
    mkdirSync(join(build, path, ".."), { recursive: true });
    writeFileSync(join(build, path), content);
  };
  put("open-next.output.json", JSON.stringify(OUTPUT));
  put("server-functions/default/index.mjs", HANDLER);
  put("assets/_next/static/chunks/a b.js", SCRIPT);
  put("assets/icon.svg", "<svg/>");
  put("secret.txt", "not for the world");
  const entries: LedgerEntry[] = [];
  const lines: string[] = [];
  const web = createFunction(
    {
      name: "web",
      bundle: join(build, "server-functions", "default"),
      handler: "index.handler",
      environment: { PATH: process.env.PATH ?? "" },
      region: "us-east-1",
      memoryMb: 512,
      timeoutMs: 5000,
      concurrency: 2,
    },
    { idleMs: 60_000, ledger: () => {}, log: (_stream, line) => lines.push(line) },
  );
  const server = createDistribution({ build, web, ledger: (entry) => entries.push(entry), port: 0, ...more });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await web.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, entries, lines, call: (path: string, options: Call = {}) => call(port, path, options) };
}

type Call = {
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
  onPart?: (text: string) => void;
};
type Got = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/** A request whose path is sent as it is. */
function call(port: number, path: string, { method = "GET", headers = {}, body, onPart }: Call): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: "127.0.0.1", path, method, headers, agent: false }, async (response) => {
      try {
        const parts: Buffer[] = [];
        for await (const chunk of response) {
          parts.push(chunk as Buffer);
          onPart?.(String(chunk));
        }
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.once("error", reject).end(body);
  });
}

test("every answer has CloudFront's headers: answers of the app, files, and CloudFront's own errors", async (t) => {
  const { call } = await distribution(t);
  const asked: [path: string, options?: Call][] = [
    ["/anything"],
    ["/redirect"],
    ["/icon.svg"],
    ["/_next/none.js"],
    ["/throw"],
    ["/", { method: "TRACE" }],
    ["/", { headers: { host: "evil.example" } }],
    ["/", { method: "POST", body: Buffer.alloc(1024 ** 2 + 1) }],
  ];
  for (const [path, options] of asked) {
    const { status, headers } = await call(path, options);
    for (const [name, value] of Object.entries(SECURITY_HEADERS))
      assert.equal(headers[name], value, `${name} of ${path} with ${status}`);
  }
  assert.equal((await call("/own")).headers["referrer-policy"], "origin", "the app's own goes before");
});

test("static files are cached for good, compressed, and revalidated", async (t) => {
  const { call } = await distribution(t);
  const path = "/_next/static/chunks/a%20b.js";
  const plain = await call(path);
  assert.equal(plain.status, 200);
  assert.equal(plain.body.toString(), SCRIPT);
  assert.equal(plain.headers["content-type"], "text/javascript; charset=utf-8");
  assert.equal(plain.headers["cache-control"], "public,max-age=31536000,immutable");
  const squeezed = await call(path, { headers: { "accept-encoding": "gzip, br" } });
  assert.equal(squeezed.headers["content-encoding"], "br");
  assert.equal(brotliDecompressSync(squeezed.body).toString(), SCRIPT);
  const again = await call(path, { headers: { "if-none-match": String(squeezed.headers.etag) } });
  assert.equal(again.status, 304);
  assert.equal(again.body.length, 0);
  const head = await call(path, { method: "HEAD" });
  assert.equal(head.headers["content-length"], String(SCRIPT.length));
  assert.equal(head.body.length, 0);
});

test("files of public/ may change with every build, so browsers revalidate them each time", async (t) => {
  const { call } = await distribution(t);
  const icon = await call("/icon.svg");
  assert.equal(icon.headers["content-type"], "image/svg+xml");
  assert.match(String(icon.headers["cache-control"]), /max-age=0/);
});

test("no path leads out of the assets", async (t) => {
  const { call } = await distribution(t);
  for (const path of [
    "/_next/../../secret.txt",
    "/_next/%2e%2e/%2e%2e/secret.txt",
    "/_next/..%2f..%2fsecret.txt",
    "/_next/%00",
    "/_next/%zz",
    "/_next",
  ]) {
    const { status, body } = await call(path);
    assert.ok(!body.includes("not for the world"), path);
    if (path !== "/_next") assert.equal(status, 404, path);
  }
  assert.equal((await call("/_next/static/nothing.js")).status, 404);
  assert.equal((await call("/_next/image?url=x")).status, 404);
  assert.equal((await call("/icon.svg", { method: "POST", body: "x" })).status, 405);
});

test("every other request becomes an event of the web function", async (t) => {
  const { call, port } = await distribution(t);
  const { body } = await call("/transfers/x%20y?q=1&q=2", {
    method: "POST",
    headers: {
      cookie: "a=1; b=2",
      "content-type": "application/json",
      "x-forwarded-host": "evil.example",
      "x-forwarded-for": "1.2.3.4",
      "x-dormouse-viewer-address": "1.2.3.4",
      "user-agent": "test",
    },
    body: '{"ü":1}',
  });
  const event = JSON.parse(body.toString()) as HttpEvent;
  assert.equal(event.version, "2.0");
  assert.equal(event.rawPath, "/transfers/x%20y");
  assert.equal(event.rawQueryString, "q=1&q=2");
  assert.deepEqual(event.cookies, ["a=1", "b=2"]);
  assert.equal(event.headers.cookie, undefined);
  assert.equal(event.headers["x-forwarded-host"], `127.0.0.1:${port}`);
  assert.equal(event.headers["x-forwarded-for"], "127.0.0.1");
  assert.equal(event.headers["x-dormouse-viewer-address"], "127.0.0.1");
  assert.equal(event.headers["x-forwarded-proto"], "http");
  assert.equal(event.requestContext.http.method, "POST");
  assert.equal(event.requestContext.http.userAgent, "test");
  assert.deepEqual([event.body, event.isBase64Encoded], ['{"ü":1}', false]);
});

test("binary bodies travel as base64", async (t) => {
  const { call } = await distribution(t);
  const bytes = Buffer.from([0, 255, 1]);
  const { body } = await call("/", {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: bytes,
  });
  const event = JSON.parse(body.toString()) as HttpEvent;
  assert.deepEqual([event.body, event.isBase64Encoded], [bytes.toString("base64"), true]);
});

test("status, headers and each cookie of the function's answer reach the client", async (t) => {
  const { call } = await distribution(t);
  const cookies = await call("/cookies");
  assert.deepEqual(cookies.headers["set-cookie"], ["a=1; Path=/", "b=2; HttpOnly"]);
  assert.equal(cookies.body.toString(), "two");
  const redirect = await call("/redirect");
  assert.deepEqual([redirect.status, redirect.headers.location], [307, "/next"]);
});

test("an answer streams", async (t) => {
  const { call } = await distribution(t);
  const gate = join(temporaryDirectory(t), "open");
  // The function waits for this request, which is sent only after the first part of its answer has arrived.
  const onPart = (text: string) => text === "one" && writeFileSync(gate, "");
  const { body } = await call("/slow", { headers: { "x-gate": gate }, onPart });
  assert.equal(body.toString(), "onetwo");
});

test("when an answer fails while it is streamed, the connection breaks, so that the answer does not look complete", async (t) => {
  const { call } = await distribution(t);
  await assert.rejects(call("/break"));
});

test("the function goes on when the client closes its connection", async (t) => {
  const { port, lines } = await distribution(t);
  const socket = connect(port, "127.0.0.1");
  socket.write(`GET /long HTTP/1.1\r\nhost: localhost:${port}\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  await until("the function to finish", () => lines.includes("long is done"));
});

test("a failed invocation is answered with a status and a sentence", async (t) => {
  const { call } = await distribution(t);
  const broken = await call("/throw");
  assert.equal(broken.status, 502);
  assert.ok(!broken.body.includes("broken"), "nothing of the error itself is shown");
  assert.equal((await call("/hang")).status, 504);
  assert.match(String((await call("/throw", { headers: { accept: "text/html" } })).headers["content-type"]), /html/);
});

test("bodies over 1 MB are refused, with or without a content-length", async (t) => {
  const { call } = await distribution(t);
  const body = Buffer.alloc(1024 * 1024 + 1);
  const announced = await call("/", { method: "POST", body });
  assert.equal(announced.status, 413);
  assert.equal((JSON.parse(announced.body.toString()) as { code: string }).code, "RequestTooLarge");
  const chunked = await call("/", { method: "POST", body, headers: { "transfer-encoding": "chunked" } });
  assert.equal(chunked.status, 413);
  assert.equal((await call("/", { method: "POST", body: body.subarray(1) })).status, 200);
});

test("methods that the distribution does not allow do not reach the app", async (t) => {
  const { call, entries } = await distribution(t);
  for (const method of ["TRACE", "PROPFIND", "SEARCH", "LINK"]) {
    const { status, headers } = await call("/t/x/files/0", { method });
    assert.equal(status, 405, method);
    assert.match(headers.allow ?? "", /GET, HEAD/);
  }
  assert.equal((await call("/event", { method: "DELETE" })).status, 200);
  assert.ok(entries.every(({ service }) => service === "cloudfront"));
});

test("only requests for this machine's names are answered", async (t) => {
  const { call, port } = await distribution(t);
  for (const host of ["evil.example", `evil.example:${port}`, "localhost", `localhost.evil.example:${port}`]) {
    assert.equal((await call("/icon.svg", { headers: { host } })).status, 421, host);
  }
  for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
    assert.equal((await call("/icon.svg", { headers: { host } })).status, 200, host);
  }
});

test("the ledger has one line per request", async (t) => {
  const { call, entries } = await distribution(t);
  await call("/icon.svg");
  await call("/cookies", { method: "POST", body: "x" });
  await until("two lines", () => entries.length === 2);
  assert.deepEqual(
    entries.map(({ service, operation }) => [service, operation]),
    [
      ["cloudfront", "GET"],
      ["cloudfront", "POST"],
    ],
  );
  for (const { units } of entries) assert.ok((units.bytesOut ?? 0) > 50 && units.requests === 1);
});

test("errors are cached as by CloudFront: for ten seconds and for everyone, unless a header forbids it", async (t) => {
  let now = 0;
  const { call, lines } = await distribution(t, { errors: createErrorCache(() => now, [404, 410, 503]) });
  for (const path of ["/gone", "/missing", "/busy"]) {
    const asked = () => lines.filter((line) => line.includes(`asked for ${path}`)).length;
    assert.equal((await call(path, { headers: { cookie: "name=ada" } })).body.toString(), "to name=ada");
    assert.equal((await call(path, { headers: { cookie: "name=bob" } })).body.toString(), "to name=ada");
    assert.equal((await call(path, {})).headers["age"], "0");
    assert.equal((await call(`${path}?other`, {})).body.toString(), "to nobody");
    assert.equal((await call(path, { method: "POST" })).body.toString(), "to nobody");
    assert.equal(asked(), 3);
    now += 10_000;
    assert.equal((await call(path, { headers: { cookie: "name=bob" } })).body.toString(), "to name=bob");
  }
});

test("no error of the site is cached if a setting of CloudFront can prevent it", async (t) => {
  const { call } = await distribution(t);
  for (const path of ["/missing", "/busy"])
    for (const name of ["ada", "bob"])
      assert.equal((await call(path, { headers: { cookie: name } })).body.toString(), `to ${name}`);
});

test("an answer without a body keeps its connection usable, although OpenNext writes one word", async (t) => {
  const { port } = await distribution(t);
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  let said = "";
  socket.on("data", (chunk) => {
    said += String(chunk);
  });
  const ask = `GET /nothing HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`;
  socket.write(ask);
  await until("the first answer", () => /\r\n\r\n/.test(said) && /0\r\n\r\n$|SOMETHING/.test(said));
  const [head = ""] = said.split("\r\n\r\n");
  assert.doesNotMatch(head, /content-length: 0/i);
  socket.write(ask);
  await until("the second answer", () => said.split("HTTP/1.1 302").length === 3);
});
