import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { classify, type PutOutcome, putByFetch } from "./put.ts";

const xml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Because.</Message></Error>`;

const judged: [status: number, code: string, kind: PutOutcome["kind"]][] = [
  [200, "", "stored"],
  [412, "PreconditionFailed", "exists"],
  [500, "InternalError", "busy"],
  [503, "SlowDown", "busy"],
  [502, "", "busy"],
  [429, "", "busy"],
  [400, "RequestTimeout", "busy"],
  [400, "IncompleteBody", "busy"],
  [409, "ConditionalRequestConflict", "busy"],
  [400, "BadDigest", "corrupted"],
  [400, "XAmzContentChecksumMismatch", "corrupted"],
  [403, "AccessDenied", "unauthorized"],
  [403, "SignatureDoesNotMatch", "unauthorized"],
  [400, "ExpiredToken", "unauthorized"],
  [404, "NoSuchUpload", "refused"],
  [400, "EntityTooLarge", "refused"],
];

for (const [status, code, kind] of judged) {
  test(`S3's answer ${status} ${code} means: ${kind}`, () => {
    const outcome = classify(status, code ? xml(code) : "");
    assert.equal(outcome.kind, kind);
    assert.equal(outcome.code, code || `Http${status}`);
    assert.equal(outcome.message, code ? "Because." : "");
  });
}

async function listen(t: TestContext, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const request = (url: string, signal = new AbortController().signal) => {
  const progress: number[] = [];
  const headers = { "content-type": "application/octet-stream" };
  return {
    progress,
    put: putByFetch({
      url,
      headers,
      body: new Blob(["hello"]),
      signal,
      onProgress: (sent) => progress.push(sent),
      stallFactor: 1,
    }),
  };
};

test("the part's bytes, length and headers arrive", async (t) => {
  const seen: unknown[] = [];
  const url = await listen(
    t,
    createServer(async (incoming, response) => {
      const chunks = await incoming.toArray();
      seen.push(
        incoming.method,
        incoming.headers["content-length"],
        incoming.headers["content-type"],
        Buffer.concat(chunks).toString(),
      );
      response.end();
    }),
  );
  const { put, progress } = request(url);
  assert.equal((await put).kind, "stored");
  assert.deepEqual(seen, ["PUT", "5", "application/octet-stream", "hello"]);
  assert.deepEqual(progress, [5]);
});

test("a connection that breaks is no answer", async (t) => {
  const url = await listen(
    t,
    createServer((incoming) => incoming.socket.destroy()),
  );
  const { put, progress } = request(url);
  assert.equal((await put).kind, "unanswered");
  assert.deepEqual(progress, []);
});

test("aborting ends the request and is reported as such", async (t) => {
  const controller = new AbortController();
  const url = await listen(
    t,
    createServer(() => controller.abort()),
  );
  assert.equal((await request(url, controller.signal).put).kind, "aborted");
});
