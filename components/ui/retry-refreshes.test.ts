import assert from "node:assert/strict";
import { test } from "node:test";
import { type RefreshScope, retryRefreshes } from "./retry-refreshes.ts";

const HERE = "https://files.example.test/transfers?from=3";
const RSC = { headers: { rsc: "1", "next-router-state-tree": "x" } };

/** A window whose first `failures` requests are cut off, as Firefox does when a link is followed. */
function page(failures: number) {
  const seen: string[] = [];
  const pauses: number[] = [];
  const listeners = new Map<string, () => void>();
  const scope = {
    location: new URL(HERE) as unknown as Location,
    fetch: async (input: RequestInfo | URL) => {
      seen.push(String(input));
      if (seen.length <= failures) throw new TypeError("NetworkError when attempting to fetch resource.");
      return new Response("content");
    },
    setTimeout: (go: () => void, ms: number) => {
      pauses.push(ms);
      queueMicrotask(go);
      return 0;
    },
    addEventListener: (name: string, listener: () => void) => void listeners.set(name, listener),
    removeEventListener: (name: string) => void listeners.delete(name),
  } as unknown as RefreshScope;
  return { scope, seen, pauses, listeners };
}

test("a refresh that is cut off is asked for again, and never fails", async () => {
  const { scope, seen, pauses, listeners } = page(5);
  retryRefreshes(scope);
  const answer = await scope.fetch(new URL(`${HERE}&_rsc=1a2b`), RSC);
  assert.equal(await answer.text(), "content");
  assert.equal(seen.length, 6);
  assert.deepEqual(pauses, [1000, 2000, 4000, 5000, 5000]);
  assert.equal(listeners.size, 0);
});

test("what is no refresh of this page fails as ever: the way to another page, an action, a call, one that was given up", async () => {
  const given = new AbortController();
  given.abort();
  const others: [RequestInfo | URL, RequestInit | undefined][] = [
    ["https://files.example.test/settings?_rsc=1a2b", RSC],
    ["https://elsewhere.example/transfers", RSC],
    [HERE, { ...RSC, method: "POST" }],
    [HERE, undefined],
    [HERE, { ...RSC, signal: given.signal }],
  ];
  for (const [input, init] of others) {
    const { scope, seen } = page(1);
    retryRefreshes(scope);
    await assert.rejects(scope.fetch(input, init), TypeError);
    assert.equal(seen.length, 1, String(input));
  }
});

test("it can be undone", async () => {
  const { scope } = page(1);
  const { fetch } = scope;
  retryRefreshes(scope)();
  assert.equal(scope.fetch, fetch);
});
