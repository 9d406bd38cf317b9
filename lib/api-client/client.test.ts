import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, createClient } from "./client.ts";

type Asked = { url: string; method: string | undefined; headers: Headers; body: unknown };

/** A client whose requests are kept, and answered with `status` and `body`. */
function recorded(status: number, body: string, headers: Record<string, string> = {}) {
  const asked: Asked[] = [];
  const client = createClient({
    url: "https://api.example.test/",
    key: "dormouse_k",
    async fetch(url, init) {
      asked.push({ url: `${url}`, method: init?.method, headers: new Headers(init?.headers), body: init?.body });
      return new Response(body, { status, headers });
    },
  });
  return { client, asked };
}

test("fields go where the document says: into the path, the query or the body", async () => {
  const { client, asked } = recorded(200, "{}");
  await client.extendTransfer({ id: "tr_a/b", expiryDays: 3 });
  await client.listFiles({ id: "tr_1", cursor: "a b" });
  await client.listTransfers();
  assert.deepEqual(
    asked.map(({ url, method, body }) => [method, url, body]),
    [
      ["POST", "https://api.example.test/v1/transfers/tr_a%2Fb/extend", '{"expiryDays":3}'],
      ["GET", "https://api.example.test/v1/transfers/tr_1/files?cursor=a+b", undefined],
      ["GET", "https://api.example.test/v1/transfers", undefined],
    ],
  );
  assert.equal(asked[0]?.headers.get("authorization"), "Bearer dormouse_k");
  assert.equal(asked[0]?.headers.get("content-type"), "application/json");
});

test("what is refused is thrown with its code, and when to come back", async () => {
  const problem = JSON.stringify({ detail: "Too often.", code: "TooMany", details: { retryAfter: 7 } });
  await assert.rejects(recorded(429, problem, { "retry-after": "7" }).client.getCaller(), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.status, error.code, error.message, error.retryAfter], [429, "TooMany", "Too often.", 7]);
    return true;
  });
});

test("an answer that is not the API's is an error, whatever its status", async () => {
  for (const status of [200, 502])
    await assert.rejects(recorded(status, "<html>").client.getCaller(), { code: "Unexpected", status });
});
