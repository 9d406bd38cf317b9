/** How many calls are left, and whether what was read is still the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CALLS_PER_MINUTE, countCall } from "#lib/api-keys/count-call.ts";
import { openApiKey } from "#lib/api-keys/open-api-key.ts";
import { db } from "#lib/db/service.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { begin } from "./testing/begin.ts";

requireEngines();

test("every answer to a caller says how many calls are left; one that is not let in is not counted", async () => {
  const { call } = await begin();
  const first = await call("GET", "/v1/me");
  const refused = await call("GET", "/v1/transfers/1");
  assert.equal(first.headers["ratelimit-policy"], `"key";q=${CALLS_PER_MINUTE};w=60`);
  const left = ({ headers }: typeof first) =>
    Number(/^"key";r=(\d+);t=([1-9]|[1-5]\d|60)$/.exec(headers["ratelimit"] ?? "")?.[1]);
  assert.equal(left(first), CALLS_PER_MINUTE - 1);
  // A minute may have begun in between.
  assert.ok([CALLS_PER_MINUTE - 2, CALLS_PER_MINUTE - 1].includes(left(refused)));
  const guessed = await call("GET", "/v1/me", { headers: { authorization: "Bearer dormouse_guessed" } });
  assert.equal(guessed.headers["ratelimit"], undefined);
});

test("a key that has made its calls of the minute is refused until the next, and another key is not", async () => {
  const { ws, view, call, member } = await begin();
  for (const ahead of [0, 60_000]) {
    const minute = new Date(Date.now() + ahead).toISOString().slice(0, 16);
    const row = { workspaceId: ws.id, keyId: view.id, minute, calls: CALLS_PER_MINUTE - 1, forgetAt: 2 ** 40 };
    await db().entities.callCount.put(row).go();
  }
  assert.equal((await call("GET", "/v1/me")).status, 200);
  const { status, body, headers } = await call("GET", "/v1/me");
  assert.deepEqual([status, body["code"]], [429, "TooManyCalls"]);
  assert.match(headers["retry-after"] ?? "", /^([1-9]|[1-5]\d|60)$/);
  assert.match(headers["ratelimit"] ?? "", /^"key";r=0;t=\d+$/);
  assert.ok(member);
  assert.equal((await (await begin()).call("GET", "/v1/me")).status, 200);
});

test("calls at the same time are counted each", async () => {
  const { ws, key } = await begin();
  const ctx = await openApiKey(ws.nobody, { key });
  const counts = await Promise.all(Array.from({ length: 50 }, () => countCall(ctx)));
  const left = counts.map(({ remaining }) => CALLS_PER_MINUTE - remaining).sort((a, b) => a - b);
  assert.deepEqual(
    left,
    Array.from({ length: 50 }, (_, at) => at + 1),
  );
});

test("what is read has a validator; a client that has it is told that nothing changed", async () => {
  const { member, call, send } = await begin();
  const { id } = await createTransfer(member, { title: "One" });
  const path = `/v1/transfers/${id}`;
  const { headers } = await call("GET", path);
  const etag = headers["etag"] ?? "";
  assert.match(etag, /^"[\w-]{27}"$/);
  for (const given of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const same = await call("GET", path, { headers: { "if-none-match": given } });
    assert.deepEqual([same.status, same.body, same.headers["etag"]], [304, {}, etag], given);
  }
  for (const given of ['"other"', etag.slice(1, -1), ""])
    assert.equal((await call("GET", path, { headers: { "if-none-match": given } })).status, 200, given);
  await send("PATCH", path, { title: "Two", message: "" });
  const changed = await call("GET", path, { headers: { "if-none-match": etag } });
  assert.deepEqual([changed.status, changed.body["title"]], [200, "Two"]);
  assert.notEqual(changed.headers["etag"], etag);
});

const tagOf = ({ headers }: { headers: Record<string, string> }) => headers["etag"] ?? "";

test("a change with If-Match is made only to what was read; of two at the same time one is made", async () => {
  const { member, call, send } = await begin();
  const { id } = await createTransfer(member, { title: "One" });
  const path = `/v1/transfers/${id}`;
  const change = (title: string, etag: string) => send("PATCH", path, { title, message: "" }, { "if-match": etag });
  const etag = tagOf(await call("GET", path));
  assert.equal((await change("Two", etag)).status, 200);
  const late = await change("Three", etag);
  assert.deepEqual([late.status, late.body["code"]], [412, "PreconditionFailed"]);
  for (const never of ['"other"', `W/${tagOf(await call("GET", path))}`, ""])
    assert.equal((await change("Three", never)).status, 412, never);
  assert.equal((await call("GET", path)).body["title"], "Two");
  assert.equal((await change("Three", "*")).status, 200);
  for (let round = 0; round < 5; round++) {
    const now = tagOf(await call("GET", path));
    const both = await Promise.all([1, 2, 3, 4].map((one) => change(`${round} ${one}`, now)));
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 412, 412, 412]);
    const { status } = both.find((one) => one.status === 200) ?? {};
    assert.equal(status, 200);
  }
});

test("settings are changed with If-Match only as they were read, whichever of them was changed since", async () => {
  const { call, send } = await begin();
  const path = "/v1/workspace";
  const profile = { name: "Hazel", expiryDays: 7, linkPreview: "title" };
  const changes: [path: string, body: object][] = [
    ["profile", profile],
    ["limits", { limits: { file: 1000 } }],
    ["scan-policy", { policy: "after" }],
    ["trash", { days: 3 }],
  ];
  for (const [name, body] of changes) {
    const etag = tagOf(await call("GET", path));
    const both = await Promise.all([1, 2, 3].map(() => send("PUT", `${path}/${name}`, body, { "if-match": etag })));
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 412, 412], name);
    const stale = await send("PUT", `${path}/profile`, { ...profile, name: "Stale" }, { "if-match": etag });
    assert.equal(stale.status, 412, name);
  }
});

test("If-Match is refused where it is not heeded", async () => {
  const { member, call } = await begin();
  const { id } = await createTransfer(member, {});
  const answer = await call("DELETE", `/v1/transfers/${id}`, { headers: { "if-match": "*" } });
  assert.deepEqual([answer.status, answer.body["code"]], [422, "InvalidInput"]);
  assert.equal((await call("GET", "/v1/me", { headers: { "if-match": '"other"' } })).status, 412);
});

test("a body in which a name is said twice is refused", async () => {
  const { member, call } = await begin();
  const { id } = await createTransfer(member, {});
  const body = '{"title":"One","message":"","title":"Two"}';
  const answer = await call("PATCH", `/v1/transfers/${id}`, { body, headers: { "content-type": "application/json" } });
  assert.deepEqual([answer.status, answer.body["detail"]], [422, "“title” is said twice."]);
});
