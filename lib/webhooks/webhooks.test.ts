import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { db } from "#lib/db/service.ts";
import type { WebhookEvent } from "#lib/kernel/webhook-events.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { requireServices } from "#lib/testing/services.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { DAY, HOUR, makeWorkspace, type TestWorkspace } from "#lib/testing/workspace.ts";
import { createWebhook } from "./create-webhook.ts";
import { deleteWebhook } from "./delete-webhook.ts";
import { deliverMessage } from "./deliver-message.ts";
import { editWebhook } from "./edit-webhook.ts";
import { emitEvent } from "./emit-event.ts";
import { getWebhook } from "./get-webhook.ts";
import { listWebhookMessages } from "./list-webhook-messages.ts";
import { listWebhooks } from "./list-webhooks.ts";
import { requeueOverdueMessages } from "./requeue-overdue-messages.ts";
import { resendWebhookMessage } from "./resend-webhook-message.ts";
import { RETRY_MS, retryDelay } from "./retries.ts";
import { rotateWebhookSecret } from "./rotate-webhook-secret.ts";
import { testWebhook } from "./test-webhook.ts";
import { allowPrivate, startReceiver } from "./testing/receiver.ts";

requireEngines();
requireServices();

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

async function withWebhook(t: TestContext, answer?: Parameters<typeof startReceiver>[1], events?: WebhookEvent[]) {
  allowPrivate(t);
  const receiver = await startReceiver(t, answer);
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { webhook, secret } = await createWebhook(owner, { url: receiver.url, events: events ?? ["transfer.ready"] });
  const message = async () => (await listWebhookMessages(owner, { id: webhook.id })).items[0];
  const deliver = async (token = "call") =>
    deliverMessage(ws.system, { webhookId: webhook.id, id: (await message())?.id ?? "", token });
  return { ws, owner, webhook, secret, receiver, message, deliver };
}

const verify = ({ received }: Receiver, secret: string, at = received.length - 1): unknown => {
  const { body, headers } = received[at] ?? { body: "", headers: {} };
  return new Webhook(secret).verify(body, headers as Record<string, string>);
};

test("a message is signed as Standard Webhooks says, and delivered once", async (t) => {
  const { owner, webhook, secret, receiver, message, deliver } = await withWebhook(t);
  const { id } = await testWebhook(owner, { id: webhook.id });
  assert.equal(await deliver(), "delivered");
  assert.equal((verify(receiver, secret) as { type: string }).type, "webhook.test");
  assert.equal(receiver.received[0]?.headers["webhook-id"], id);
  assert.equal(await deliver("another call"), "delivered");
  assert.equal(receiver.received.length, 1);
  const seen = await message();
  assert.deepEqual([seen?.state, seen?.attempts.map(({ status }) => status)], ["delivered", [204]]);
});

test("for a day after its rotation the secret before signs as well", async (t) => {
  const { ws, owner, webhook, secret, receiver, deliver } = await withWebhook(t);
  const { secret: next, webhook: rotated } = await rotateWebhookSecret(owner, { id: webhook.id });
  assert.notEqual(next, secret);
  assert.ok(rotated.previousSecretUntil);
  await testWebhook(owner, { id: webhook.id });
  await deliver();
  verify(receiver, secret);
  verify(receiver, next);
  ws.clock.advance(DAY + 1000);
  await testWebhook(owner, { id: webhook.id });
  await deliver();
  const [, later] = receiver.received;
  assert.equal(String(later?.headers["webhook-signature"]).split(" ").length, 1);
  assert.equal((await getWebhook(owner, { id: webhook.id })).previousSecretUntil, undefined);
});

test("no answer but those that make or rotate it has the secret in it", async (t) => {
  const { owner, webhook, secret } = await withWebhook(t);
  const seen = [webhook, await listWebhooks(owner), await getWebhook(owner, { id: webhook.id })];
  assert.ok(!JSON.stringify(seen).includes(secret.slice(6)));
});

test("a receiver that fails is called again soon, and then later, with the same id and body", async (t) => {
  const { ws, owner, webhook, receiver, message, deliver } = await withWebhook(t, (count) => (count < 3 ? 500 : 200));
  await testWebhook(owner, { id: webhook.id });
  assert.equal(await deliver(), "trying");
  assert.equal(receiver.received.length, 2);
  const trying = await message();
  assert.equal(trying?.state, "trying");
  const wait = Date.parse(trying?.nextAttemptAt ?? "") - ws.clock.now().getTime();
  assert.ok(wait >= 0.8 * 5 * 60_000 && wait <= 1.2 * 5 * 60_000, `${wait} ms`);
  assert.equal(await deliver("too early"), "trying");
  assert.equal(receiver.received.length, 2);
  ws.clock.advance(wait);
  assert.equal(await deliver("scheduled"), "delivered");
  assert.equal(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size, 1);
  assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1);
  assert.deepEqual(
    (await message())?.attempts.map(({ status }) => status),
    [500, 500, 200],
  );
});

test("after the last attempt the webhook is failing, until a message arrives", async (t) => {
  let up = false;
  const { ws, owner, webhook, message, deliver } = await withWebhook(t, () => (up ? 200 : 503));
  const { id } = await testWebhook(owner, { id: webhook.id });
  let state = await deliver();
  for (let calls = 0; state === "trying" && calls < 20; calls++) {
    ws.clock.advance(13 * HOUR);
    state = await deliver(`call ${calls}`);
  }
  assert.equal(state, "failed");
  assert.equal((await message())?.attempts.length, RETRY_MS.length + 1);
  assert.equal((await getWebhook(owner, { id: webhook.id })).state, "failing");
  up = true;
  assert.equal((await resendWebhookMessage(owner, { webhookId: webhook.id, id })).state, "waiting");
  assert.equal(await deliver("resent"), "delivered");
  assert.equal((await getWebhook(owner, { id: webhook.id })).state, "active");
});

test("410 ends a webhook until somebody resumes it", async (t) => {
  const { owner, webhook, deliver } = await withWebhook(t, () => 410);
  const { id } = await testWebhook(owner, { id: webhook.id });
  assert.equal(await deliver(), "failed");
  assert.equal((await getWebhook(owner, { id: webhook.id })).state, "gone");
  await assert.rejects(testWebhook(owner, { id: webhook.id }), { code: "WebhookOff" });
  await assert.rejects(resendWebhookMessage(owner, { webhookId: webhook.id, id }), { code: "WebhookOff" });
  assert.equal((await editWebhook(owner, { id: webhook.id, enabled: true })).state, "active");
  await testWebhook(owner, { id: webhook.id });
});

test("a webhook that is paused or deleted meanwhile is sent nothing", async (t) => {
  for (const stop of ["pause", "delete"]) {
    const { ws, owner, webhook, receiver } = await withWebhook(t);
    const { id } = await testWebhook(owner, { id: webhook.id });
    if (stop === "pause") await editWebhook(owner, { id: webhook.id, enabled: false });
    else await deleteWebhook(owner, { id: webhook.id });
    assert.equal(await deliverMessage(ws.system, { webhookId: webhook.id, id, token: "t" }), "failed");
    assert.equal(receiver.received.length, 0);
  }
});

test("two calls at once send once", async (t) => {
  const { owner, webhook, receiver, deliver } = await withWebhook(t);
  await testWebhook(owner, { id: webhook.id });
  await Promise.allSettled(["a", "b", "c"].map((token) => deliver(token)));
  assert.equal(receiver.received.length, 1);
});

test("a call that ended in the middle is continued by itself at once, and by another after its lease", async (t) => {
  const { ws, owner, webhook, receiver, deliver } = await withWebhook(t);
  const { id } = await testWebhook(owner, { id: webhook.id });
  const key = { workspaceId: ws.id, webhookId: webhook.id, id };
  const leasedUntil = new Date(ws.clock.now().getTime() + 50_000).toISOString();
  const lost = { state: "trying" as const, leasedBy: "lost", leasedUntil, nextAttemptAt: leasedUntil };
  await db().entities.webhookMessage.patch(key).set(lost).go();
  assert.equal(await deliver("another"), "trying");
  assert.equal(receiver.received.length, 0);
  assert.equal(await deliver("lost"), "delivered");
  await db().entities.webhookMessage.patch(key).set(lost).go();
  ws.clock.advance(2 * HOUR);
  assert.equal(await requeueOverdueMessages(ws.system), 1);
  assert.equal(await deliver("of the sweep"), "delivered");
  assert.equal(await requeueOverdueMessages(ws.system), 0);
});

async function emit(ws: TestWorkspace, transferId: string, type: WebhookEvent, key = "", who?: string) {
  await emitEvent(ws.system, { transferId, type, key, who });
}

test("an event makes one message for each webhook that wants it, however often it is told", async (t) => {
  const { ws, owner, webhook } = await withWebhook(t, undefined, ["transfer.ready", "transfer.opened"]);
  const { webhook: other } = await createWebhook(owner, { url: "http://127.0.0.1:1/", events: ["transfer.ready"] });
  const { id } = await createTransfer(owner, { title: "Plans", recipients: [{ email: "ana@example.org" }] });
  for (let told = 0; told < 3; told++) await emit(ws, id, "transfer.ready");
  await emit(ws, id, "transfer.opened", "2026-11-29T10 anyone", "anyone");
  await emit(ws, id, "transfer.opened", "2026-11-29T11 anyone", "anyone");
  await emit(ws, id, "transfer.expired");
  const of = async (hook: string) => (await listWebhookMessages(owner, { id: hook })).items;
  assert.deepEqual((await of(webhook.id)).map(({ type }) => type).sort(), [
    "transfer.opened",
    "transfer.opened",
    "transfer.ready",
  ]);
  const [first] = await of(webhook.id);
  const [second] = await of(other.id);
  assert.deepEqual([(await of(other.id)).length, second?.type], [1, "transfer.ready"]);
  assert.notEqual(first?.id, second?.id);
});

test("a payload says what happened to which transfer, and holds no link that opens it", async (t) => {
  const { ws, owner, secret, receiver, deliver } = await withWebhook(t, undefined, ["transfer.downloaded"]);
  const { id, link } = await createTransfer(owner, { title: "Plans", recipients: [{ email: "ana@example.org" }] });
  const { data } = await db().entities.delivery.query.inTransfer({ workspaceId: ws.id, transferId: id }).go();
  await emit(ws, id, "transfer.downloaded", "k", data[0]?.id);
  await deliver();
  const payload = verify(receiver, secret) as { type: string; data: { transfer: object; recipient: object } };
  assert.equal(payload.type, "transfer.downloaded");
  assert.deepEqual(payload.data.recipient, { id: data[0]?.id, email: "ana@example.org" });
  assert.deepEqual({ ...payload.data.transfer, id, title: "Plans" }, payload.data.transfer);
  assert.ok(!receiver.received[0]?.body.includes(link));
});

test("what a webhook can't be is refused with a sentence", async () => {
  const owner = (await makeWorkspace()).as("owner");
  const events: WebhookEvent[] = ["transfer.ready"];
  const refused: [url: string, sentence: RegExp][] = [
    ["ftp://receiver.example/", /begins with https/],
    ["receiver.example", /begins with https/],
    ["https://", /begins with https/],
    ["javascript:alert(1)//", /begins with https/],
    ["https://ana:secret@receiver.example/", /name and password/],
    [`https://receiver.example/${"a".repeat(2000)}`, /at most 2,000/],
    ["http://127.0.0.1:9000/", /public addresses/],
    ["http://[::ffff:127.0.0.1]/", /public addresses/],
    ["http://localhost:9000/", /public addresses/],
  ];
  for (const [url, sentence] of refused) await assert.rejects(createWebhook(owner, { url, events }), sentence, url);
  await assert.rejects(createWebhook(owner, { url: "https://receiver.example/", events: [] }), /without an event/);
  const { webhook } = await createWebhook(owner, { url: "https://receiver.example/#part", events });
  assert.equal(webhook.url, "https://receiver.example/");
  await assert.rejects(editWebhook(owner, { id: webhook.id, url: "http://10.0.0.1/" }), /public addresses/);
});

test("a workspace has twenty webhooks at most", async () => {
  const owner = (await makeWorkspace()).as("owner");
  const make = () => createWebhook(owner, { url: "https://receiver.example/", events: ["transfer.ready"] });
  for (let made = 0; made < 20; made++) await make();
  await assert.rejects(make(), { code: "TooManyWebhooks" });
});

test("attempts go on for about a day, a fifth earlier or later each", () => {
  const delays = RETRY_MS.map((_, at) => retryDelay(at + 1, () => 0.5) ?? 0);
  assert.deepEqual(delays, [...RETRY_MS]);
  const hours = delays.reduce((sum, ms) => sum + ms, 0) / HOUR;
  assert.ok(hours > 24 && hours < 30, `${hours} hours`);
  assert.deepEqual([retryDelay(2, () => 0), retryDelay(2, () => 1)], [240_000, 360_000]);
  assert.equal(retryDelay(RETRY_MS.length + 1), undefined);
});
