import assert from "node:assert/strict";
import type { LookupFunction } from "node:net";
import { test } from "node:test";
import { postMessage } from "./post-message.ts";
import { publicLookup } from "./public-address.ts";
import { allowPrivate, startReceiver } from "./testing/receiver.ts";

const MESSAGE = { headers: { "webhook-id": "msg_1" }, body: '{"type":"webhook.test"}' };
const NOT_PUBLIC = "Webhooks are sent to public addresses only.";

/** A name server that gives another answer each time. */
function resolving(...answers: string[]): LookupFunction {
  let at = 0;
  return publicLookup((_name, _options, done) =>
    done(null, [{ address: answers[Math.min(at++, answers.length - 1)] ?? "", family: 4 }]),
  );
}

test("a body is posted as JSON with its headers; any status of 2xx is success", async (t) => {
  allowPrivate(t);
  const { url, received } = await startReceiver(t, (count) => [200, 201, 204, 299][count - 1] ?? 200);
  for (const status of [200, 201, 204, 299]) {
    const posted = await postMessage(url, MESSAGE);
    assert.deepEqual([posted.delivered, posted.status], [true, status]);
  }
  const [{ headers, body, path } = { headers: {}, body: "", path: "" }] = received;
  assert.deepEqual([body, path], [MESSAGE.body, "/hook"]);
  assert.deepEqual(
    [headers["content-type"], headers["webhook-id"], headers["user-agent"]],
    ["application/json", "msg_1", "Dormouse-Webhooks/1"],
  );
});

test("a name that resolves to this machine reaches nobody, also after it was public", async (t) => {
  const { port, received } = await startReceiver(t);
  for (const address of ["127.0.0.1", "::1", "169.254.169.254", "10.0.0.1", "::ffff:127.0.0.1"]) {
    const posted = await postMessage(`http://receiver.example:${port}/`, MESSAGE, { lookup: resolving(address) });
    assert.deepEqual([posted.delivered, posted.error], [false, NOT_PUBLIC], address);
  }
  const lookup = resolving("8.8.8.8", "127.0.0.1");
  const url = `http://rebinding.example:${port}/`;
  await postMessage(url, MESSAGE, { lookup, timeoutMs: 200 });
  assert.equal((await postMessage(url, MESSAGE, { lookup, timeoutMs: 200 })).error, NOT_PUBLIC);
  assert.equal(received.length, 0);
});

test("each attempt looks its name up once, and connects to what that said", async () => {
  let asked = 0;
  const lookup = publicLookup((_name, _options, done) => {
    asked++;
    done(null, [{ address: asked === 1 ? "8.8.8.8" : "127.0.0.1", family: 4 }]);
  });
  await postMessage("http://rebinding.example:9/", MESSAGE, { lookup, timeoutMs: 200 });
  assert.equal(asked, 1);
});

test("an address that is written in the URL is checked, though it is not looked up", async (t) => {
  const { port, received } = await startReceiver(t);
  const hosts = ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "[::1]", "[::]"];
  for (const host of [...hosts, "localhost", "localhost.", "0", "127.0.0.1."])
    assert.equal((await postMessage(`http://${host}:${port}/`, MESSAGE)).error, NOT_PUBLIC, host);
  assert.equal((await postMessage(`http://8.8.8.8@127.0.0.1:${port}/`, MESSAGE)).error, NOT_PUBLIC);
  assert.equal(received.length, 0);
});

test("a redirect is a failure, and is not followed", async (t) => {
  allowPrivate(t);
  const inside = await startReceiver(t);
  for (const location of [inside.url, "http://169.254.169.254/latest/meta-data/", "//127.0.0.1/"]) {
    const { url } = await startReceiver(t, (_count, response) => {
      response.writeHead(307, { location }).end();
      return undefined;
    });
    const { delivered, status, error } = await postMessage(url, MESSAGE);
    assert.deepEqual([delivered, status], [false, 307]);
    assert.match(error ?? "", /redirect, which is not followed/);
  }
  assert.equal(inside.received.length, 0);
});

test("of an answer little is read and less is kept", async (t) => {
  allowPrivate(t);
  let written = 0;
  const { url } = await startReceiver(t, (_count, response) => {
    response.writeHead(500);
    const more = () => {
      while (!response.destroyed && written < 200 * 1024 * 1024) {
        written += 65_536;
        if (!response.write(`a\u0000\u202e${"b".repeat(65_533)}`)) return void response.once("drain", more);
      }
      response.end();
    };
    more();
    return undefined;
  });
  const { status, error } = await postMessage(url, MESSAGE);
  assert.equal(status, 500);
  assert.ok((error?.length ?? 0) <= 200);
  assert.match(error ?? "", /^a bbb/);
  assert.ok(written < 50 * 1024 * 1024, `${written} bytes were written`);
});

test("a receiver that does not answer, or never ends its answer, is left after the time", async (t) => {
  allowPrivate(t);
  const silent = await startReceiver(t, () => undefined);
  const dripping = await startReceiver(t, (_count, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("."), 20);
    response.once("close", () => clearInterval(timer));
    return undefined;
  });
  for (const { url } of [silent, dripping]) {
    const { delivered, error, ms } = await postMessage(url, MESSAGE, { timeoutMs: 300 });
    assert.deepEqual([delivered, error], [false, "No answer came within 0 seconds."]);
    assert.ok(ms < 3000);
  }
});

test("what goes wrong is a sentence", async (t) => {
  allowPrivate(t);
  const { port } = await startReceiver(t, (_count, response) => void response.socket?.destroy());
  assert.equal((await postMessage(`http://127.0.0.1:${port}/`, MESSAGE)).error, "socket hang up");
  assert.equal((await postMessage("http://127.0.0.1:1/", MESSAGE)).error, "It refused the connection.");
  const { url } = await startReceiver(t, () => 418);
  assert.equal((await postMessage(url, MESSAGE)).error, "It answered 418.");
});
