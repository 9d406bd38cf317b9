/** Reading a file by a signed URL: over connections that break, and URLs that expire. */
import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { SourceGone, SourceUnreachable, urlSource } from "./url-source.ts";

const BYTES = Buffer.from("0123456789abcdefghij");
/** What a server does with a request for a range; without it, the range is answered. */
type Turn = (response: ServerResponse, range: Buffer) => void;

/** A storage that takes these turns, one for each request, and then answers. Ranges that were asked for, in their order. */
async function storage(t: TestContext, turns: Turn[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { range = "" } = request.headers;
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    asked.push(`${request.url} ${start}-${end}`);
    const part = BYTES.subarray(Number(start), Number(end) + 1);
    (turns.shift() ?? ((answer) => void answer.writeHead(206).end(part)))(response, part);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`, asked };
}

const status =
  (code: number): Turn =>
  (response) =>
    void response.writeHead(code).end("no");
/** Sends that many bytes, and hangs up. */
const cut =
  (bytes: number): Turn =>
  (response, part) => {
    response.writeHead(206, { "content-length": part.length });
    response.write(part.subarray(0, bytes), () => response.destroy());
  };
const textOf = async (chunks: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(chunks)).toString();

test("a range is read, and nothing is asked for where there is nothing", async (t) => {
  const { url, asked } = await storage(t, []);
  const source = urlSource(url("a"), BYTES.length);
  assert.equal(Buffer.from(await source.read(3, 6)).toString(), "345");
  assert.equal(await textOf(source.stream(5, 5)), "");
  assert.deepEqual(asked, ["/a 3-5"]);
});

test("a read that breaks off goes on where it was, as often as bytes have come meanwhile", async (t) => {
  const { url, asked } = await storage(t, [cut(2), cut(2), cut(2), cut(2), cut(2), status(503)]);
  let requests = 0;
  const source = urlSource(url("a"), BYTES.length, { onRequest: () => requests++ });
  assert.equal(await textOf(source.stream()), BYTES.toString());
  assert.equal(requests, asked.length);
  assert.equal(new Set(asked).size, asked.length - 1, "each begins after the bytes that came, but for the 503");
});

test("a storage that does not answer is asked four times", async (t) => {
  const { url, asked } = await storage(t, [503, 503, 503, 503].map(status));
  await assert.rejects(urlSource(url("secret"), 20).read(0, 20), (error: Error) => {
    assert.ok(error instanceof SourceUnreachable);
    assert.doesNotMatch(String(error.stack), /secret/);
    return true;
  });
  assert.equal(asked.length, 4);
});

test("a URL that has expired is renewed, again after hours, and only once for each refusal", async (t) => {
  const { url, asked } = await storage(t, [cut(4), status(403), cut(4), status(403)]);
  const paths = ["second", "third"];
  const renew = async () => url(paths.shift() ?? "none");
  assert.equal(await textOf(urlSource(url("first"), BYTES.length, { renew }).stream()), BYTES.toString());
  assert.deepEqual(
    asked.map((one) => one.split(" ")[0]),
    ["/first", "/first", "/second", "/second", "/third"],
  );
  const shut = await storage(t, [403, 403].map(status));
  await assert.rejects(urlSource(shut.url("a"), 20, { renew: async () => shut.url("b") }).read(0, 20), /403/);
  assert.equal(shut.asked.length, 2);
});

test("what is gone, refused or given up is not asked for again", async (t) => {
  const gone = await storage(t, [status(404)]);
  await assert.rejects(urlSource(gone.url("a"), 20).read(0, 20), SourceGone);
  const refused = await storage(t, [status(403)]);
  await assert.rejects(urlSource(refused.url("a"), 20).read(0, 20), /403/);
  const stop = new AbortController();
  const silent = await storage(t, [() => stop.abort(new Error("given up"))]);
  await assert.rejects(textOf(urlSource(silent.url("a"), 20).stream(0, 20, stop.signal)), /given up/);
  assert.deepEqual(
    [gone, refused, silent].map(({ asked }) => asked.length),
    [1, 1, 1],
  );
});
