import assert from "node:assert/strict";
import { test } from "node:test";
import { revokeApiKey } from "#lib/api-keys/revoke-api-key.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { makeReady } from "#lib/testing/ready.ts";
import { putRun } from "#lib/testing/runs.ts";
import { crc64, MIB, requestFor } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import type { SignOutput } from "#lib/uploads/upload-protocol.schema.ts";
import { ProblemAnswer } from "./answer.schema.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { begin } from "./testing/begin.ts";
import { examplesFor, requestOf } from "./testing/examples.ts";

requireEngines();

const EXAMPLES = examplesFor(`tr_${"a".repeat(22)}`, `dl_${"a".repeat(22)}`);

test("a program learns for whom its key acts, and how far it reaches", async () => {
  const { member, call } = await begin({ role: "viewer", scopes: ["transfers:read"] });
  const { status, body } = await call("GET", "/v1/me");
  const { workspaceId, memberId, name, role } = member.actor;
  assert.deepEqual(
    { status, body },
    { status: 200, body: { workspaceId, memberId, name, role, scopes: ["transfers:read"] } },
  );
});

test("each answer is as its schema says", async () => {
  const { ws, member, call } = await begin();
  const asked = new Set<string>();
  const ask = async (name: keyof typeof operations, input: object, status?: number) => {
    asked.add(name);
    const operation: Operation = operations[name];
    const { rawPath, ...rest } = requestOf(operation, input);
    const answered = await call(operation.method, rawPath, rest);
    assert.equal(answered.status, status ?? operation.status, `${name}: ${JSON.stringify(answered.body)}`);
    const { success, error } = (status ? ProblemAnswer : operation.answer).safeParse(answered.body);
    assert.ok(success, `${name}: ${error}`);
    return answered.body;
  };
  const recipients = [{ email: "ana@example.org", name: "Ana" }];

  const bytes = Buffer.from("a");
  const sum = await crc64(bytes);
  const file = { path: "a.txt", size: 1, partSize: 5 * MIB };
  const begun = await ask("beginTransfer", {
    transfer: { title: "Holidays", recipients },
    batch: randomToken(),
    files: [file],
  });
  const { id } = begun["transfer"] as { id: string };
  const reserve = { transferId: id, firstOrdinal: 1, batch: randomToken(), files: [{ ...file, path: "b.txt" }] };
  await ask("reserveFiles", { ...reserve, sign: [{ file: 0, part: 1, crc64: sum }] });
  const part = { ordinal: 0, part: 1, crc64: sum };
  const signed = (await ask("signParts", { transferId: id, parts: [part] })) as unknown as SignOutput;
  const { url, headers } = requestFor(signed, 0, part);
  assert.equal((await fetch(url, { method: "PUT", headers, body: new Uint8Array(bytes) })).status, 200);
  await ask("getUploadStatus", { transferId: id });
  await ask("getUploadStatus", { transferId: id, ordinal: 0 });
  const given = [0, 1].map((ordinal) => ({ ordinal, crc64: sum }));
  await ask("completeFiles", { transferId: id, files: given, seal: true });
  await ask("sealTransfer", { transferId: id }, 409);
  await ask("cancelFiles", { transferId: id, ordinals: [1] });
  await ask("sealTransfer", { transferId: id });

  await makeReady(member, id, 0, { renditions: [{ name: "thumb.webp", type: "image/webp", bytes: 1, width: 2 }] });
  await ask("getCaller", {});
  await ask("listTransfers", { everyone: true });
  await ask("getTransfer", { id });
  await ask("listFiles", { id });
  await ask("downloadFile", { id, ordinal: 0 });
  await ask("editTransfer", { id, title: "Other", message: "" });
  await ask("extendTransfer", { id, expiryDays: 3 });
  await ask("renewLink", { id });
  await ask("decideFile", { id, ordinal: 0, decision: "closed" });
  await makeReady(member, id, 0);
  await ask("removeFile", { id, ordinal: 0 });
  await ask("restoreFile", { id, ordinal: 0 });
  await ask("listActivity", { id });

  const { items } = (await ask("listDeliveries", { transferId: id })) as { items: { id: string }[] };
  const delivery = { transferId: id, id: items[0]?.id };
  await ask("addDeliveries", { transferId: id, recipients: [{ email: "bob@example.org" }] });
  await ask("resendDelivery", delivery);
  await ask("revokeDelivery", delivery);

  const failed = { state: "failed", startedAt: new Date().toISOString(), message: "It failed." } as const;
  await putRun({ workspaceId: ws.id, transferId: id }, failed);
  await ask("listRuns", { id });
  await ask("restartRun", { id, wave: 1 });

  await ask("deleteTransfer", { id });
  await ask("listTransfers", { trash: true });
  await ask("restoreTransfer", { id });
  await ask("deleteTransfer", { id });
  await ask("purgeTransfer", { id });

  for (const name of ["getWorkspace", "editWorkspace", "setLimits", "setScanPolicy", "setTrashPeriod"] as const)
    await ask(name, EXAMPLES[name]);

  const { webhook: made } = (await ask("createWebhook", EXAMPLES.createWebhook)) as { webhook: { id: string } };
  const hook = { id: made.id };
  await ask("rotateWebhookSecret", hook);
  await ask("listWebhooks", {});
  await ask("getWebhook", hook);
  const message = await ask("testWebhook", hook);
  await ask("resendWebhookMessage", { webhookId: hook.id, id: message["id"] });
  await ask("listWebhookMessages", hook);
  await ask("editWebhook", { ...hook, enabled: false });
  await ask("deleteWebhook", hook);
  assert.deepEqual([...asked].sort(), Object.keys(operations).sort(), "every operation was asked");
});

test("what is refused is answered with problem details, and says what a program needs to know", async () => {
  const { member, view, key, call } = await begin({ scopes: ["transfers:read"] });
  const { id } = await createTransfer(member, {});
  const stranger = await begin();
  const cases: [string, Promise<Awaited<ReturnType<typeof call>>>, number, string][] = [
    ["no key", call("GET", "/v1/me", { headers: { authorization: undefined } }), 401, "NotSignedIn"],
    [
      "a guessed key",
      call("GET", "/v1/me", { headers: { authorization: "Bearer dormouse_guessed" } }),
      401,
      "KeyInvalid",
    ],
    ["another scheme", call("GET", "/v1/me", { headers: { authorization: `Basic ${key}` } }), 401, "NotSignedIn"],
    ["another workspace", stranger.call("GET", `/v1/transfers/${id}`), 404, "TransferNotFound"],
    ["a scope that is missing", call("DELETE", `/v1/transfers/${id}`), 403, "ScopeMissing"],
    ["another path", call("GET", "/v1/nothing"), 404, "PathNotFound"],
    ["a path that goes on", call("GET", "/v1/me/"), 404, "PathNotFound"],
    ["another method", call("PATCH", "/v1/me"), 405, "MethodNotAllowed"],
    ["an id that is none", call("GET", "/v1/transfers/1"), 422, "InvalidInput"],
    ["a path that is not encoded as such", call("GET", "/v1/transfers/%E0%A4%A"), 422, "InvalidInput"],
    ["a field that is not known", call("GET", "/v1/transfers", { rawQueryString: "all=true" }), 422, "InvalidInput"],
    [
      "a field that is said twice",
      call("GET", "/v1/transfers", { rawQueryString: "cursor=a&cursor=b" }),
      422,
      "InvalidInput",
    ],
    [
      "a cursor that is forged",
      call("GET", "/v1/transfers", { rawQueryString: "cursor=bm90aGluZw" }),
      422,
      "InvalidInput",
    ],
  ];
  for (const [what, answer, status, code] of cases) {
    const { status: got, headers, body } = await answer;
    assert.deepEqual([got, body["code"]], [status, code], `${what}: ${JSON.stringify(body)}`);
    assert.equal(headers["content-type"], "application/problem+json", what);
    assert.ok(ProblemAnswer.safeParse(body).success, what);
    assert.ok(!JSON.stringify(body).includes(key), what);
  }
  const writer = await begin();
  const { id: own } = await createTransfer(writer.member, {});
  const change = `/v1/transfers/${own}`;
  const json = { "content-type": "application/json" };
  for (const [what, answer, status] of [
    ["a body of another type", writer.send("PATCH", change, {}, { "content-type": "text/plain" }), 415],
    ["a body that is not JSON", writer.call("PATCH", change, { body: "{", headers: json }), 422],
    ["a body that is no object", writer.send("PATCH", change, [1]), 422],
    ["a body with too little", writer.send("PATCH", change, { title: "x" }), 422],
    ["a body with too much", writer.send("PATCH", change, { title: "x", message: "", state: "ready" }), 422],
    [
      "a body that names another transfer than the path",
      writer.send("PATCH", change, { id, title: "x", message: "" }),
      200,
    ],
    [
      "a body of bytes that are no text",
      writer.call("PATCH", change, {
        body: Buffer.from([0x22, 0xff, 0x22]).toString("base64"),
        isBase64Encoded: true,
        headers: json,
      }),
      422,
    ],
    [
      "a body nested a hundred thousand deep",
      writer.call("PATCH", change, { body: `${"[".repeat(100_000)}${"]".repeat(100_000)}`, headers: json }),
      422,
    ],
    ["a body that is too large", writer.send("PATCH", change, { title: "x", message: "x".repeat(300_000) }), 413],
  ] as const) {
    const { status: got, body } = await answer;
    assert.equal(got, status, `${what}: ${JSON.stringify(body).slice(0, 300)}`);
  }
  await revokeApiKey(member, { id: view.id });
  assert.equal((await call("GET", "/v1/me")).status, 401, "a key that was revoked a moment ago");
});
