import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { VisibleError } from "../kernel/errors.ts";
import { NetworkLost, ProtocolError } from "./errors.ts";
import { Network } from "./network.ts";
import { createProtocol } from "./protocol.ts";
import type { Runtime } from "./runtime.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
const cut: Answer = (request) => void request.socket.destroy();
const cutInTheMiddle: Answer = (_, response) => {
  response.writeHead(200, { "content-length": 100 });
  response.write('{"can', () => response.destroy());
};

/** A server that gives these answers in turn, then always the last one, and a client that does not wait. */
const start = (t: TestContext, ...answers: Answer[]) => startAt(t, undefined, answers);

async function startAt(t: TestContext, protocolPath: string | undefined, answers: Answer[]) {
  const calls: {
    url: string | undefined;
    method: string | undefined;
    body: string;
    headers: IncomingMessage["headers"];
  }[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    calls.push({ url: request.url, method: request.method, body, headers: request.headers });
    (answers[calls.length - 1] ?? answers.at(-1))?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const waits: number[] = [];
  const runtime: Runtime = {
    now: () => Date.now(),
    random: () => 1,
    after(ms, run) {
      waits.push(ms);
      const timer = setImmediate(run);
      return () => clearImmediate(timer);
    },
  };
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const network = new Network(runtime);
  const headers = () => ({ authorization: "Bearer key" });
  return {
    calls,
    waits,
    network,
    protocol: createProtocol({ baseUrl, headers, runtime, network, ...(protocolPath ? { protocolPath } : {}) }),
  };
}

const transferId = `tr_${"0".repeat(22)}`;

test("a call is a POST of JSON with the caller's headers", async (t) => {
  const { protocol, calls } = await start(t, json(200, { state: "ready" }));
  assert.deepEqual(await protocol.seal({ transferId }), { state: "ready" });
  const [call] = calls;
  assert.equal(`${call?.method} ${call?.url}`, "POST /api/upload/v1/seal");
  assert.deepEqual(JSON.parse(call?.body ?? ""), { transferId });
  assert.equal(call?.headers.authorization, "Bearer key");
  assert.equal(call?.headers["content-type"], "application/json");
});

test("a program's calls are where it says", async (t) => {
  const { protocol, calls } = await startAt(t, "/v1/upload/", [json(200, { state: "ready" })]);
  await protocol.seal({ transferId });
  assert.equal(calls[0]?.url, "/v1/upload/seal");
});

test("the status is a GET", async (t) => {
  const { protocol, calls } = await start(t, json(200, { transfer: { state: "draft", nextOrdinal: 0 }, files: [] }));
  await protocol.status({ transferId, ordinal: 3, cursor: "a/b" });
  assert.equal(
    `${calls[0]?.method} ${calls[0]?.url}`,
    `GET /api/upload/v1/status?transferId=${transferId}&ordinal=3&cursor=a%2Fb`,
  );
});

test("no answer, 5xx and 429 are retried, with growing pauses", async (t) => {
  const { protocol, calls, waits, network } = await start(
    t,
    cut,
    cutInTheMiddle,
    json(503, {}),
    json(429, {}),
    json(200, { cancelled: 1, missing: 0 }),
  );
  assert.deepEqual(await protocol.cancel({ transferId, ordinals: [1] }), { cancelled: 1, missing: 0 });
  assert.equal(calls.length, 5);
  assert.deepEqual(waits, [500, 1000, 500, 1000]);
  assert.equal(network.isDown, false);
});

test("the server's Retry-After is respected", async (t) => {
  const { protocol, waits } = await start(t, json(503, {}, { "retry-after": "7" }), json(200, { state: "ready" }));
  await protocol.seal({ transferId });
  assert.deepEqual(waits, [7000]);
});

test("any other error is final and has the server's code, sentence and details", async (t) => {
  const error = { code: "OrdinalTaken", message: "Another was first.", details: { nextOrdinal: 9 } };
  const { protocol, calls } = await start(t, json(409, { error }));
  await assert.rejects(protocol.seal({ transferId }), (thrown) => {
    assert.ok(thrown instanceof ProtocolError && thrown instanceof VisibleError);
    assert.deepEqual(
      [thrown.code, thrown.message, thrown.details, thrown.status],
      [error.code, error.message, error.details, 409],
    );
    return true;
  });
  assert.equal(calls.length, 1);
});

test("when a server keeps failing, the client gives up with the server's sentence", async (t) => {
  const { protocol, calls } = await start(t, json(500, { error: { code: "Broken", message: "Sorry." } }));
  await assert.rejects(protocol.seal({ transferId }), { code: "Broken", message: "Sorry.", status: 500 });
  assert.equal(calls.length, 8);
});

test("when a network stays silent, the client gives up in the end", async (t) => {
  const { protocol, waits, network } = await start(t, cut);
  await assert.rejects(protocol.seal({ transferId }), NetworkLost);
  assert.equal(network.isDown, true);
  assert.ok(waits.reduce((sum, ms) => sum + ms, 0) > 15 * 60_000);
});

test("a page instead of JSON is an error with a sentence", async (t) => {
  const { protocol } = await start(t, (_, response) => void response.end("<html>Sign in</html>"));
  await assert.rejects(protocol.seal({ transferId }), { code: "UnexpectedAnswer" });
});

test("aborting ends the call", async (t) => {
  const controller = new AbortController();
  const { protocol } = await start(t, () => controller.abort());
  await assert.rejects(protocol.seal({ transferId }, controller.signal), { name: "AbortError" });
});
