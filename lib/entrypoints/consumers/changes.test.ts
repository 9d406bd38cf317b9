import assert from "node:assert/strict";
import { test } from "node:test";
import { db } from "#lib/db/service.ts";
import { WEBHOOK_EVENTS } from "#lib/kernel/webhook-events.ts";
import { requireEngines } from "#lib/testing/engines.ts";
import { requireServices } from "#lib/testing/services.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { handler } from "./changes.ts";

requireEngines();
requireServices();

type Row = Record<string, string | number>;

const image = (entity: string, row: Row, blocked?: number) => ({
  __edb_e__: { S: entity },
  ...Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === "number" ? { N: `${value}` } : { S: value }]),
  ),
  ...(blocked === undefined ? {} : { counted: { M: { blocked: { M: { files: { N: `${blocked}` } } } } } }),
});

type Image = ReturnType<typeof image>;
let sequence = 0;
const record = (NewImage: Image, OldImage?: Image) => ({
  eventName: OldImage ? "MODIFY" : "INSERT",
  dynamodb: { SequenceNumber: `${++sequence}`, NewImage, ...(OldImage ? { OldImage } : {}) },
});

async function begin() {
  const ws = await makeWorkspace();
  const owner = ws.as("owner");
  const { webhook } = await createWebhook(owner, { url: "https://receiver.invalid/", events: [...WEBHOOK_EVENTS] });
  const { id } = await createTransfer(owner, { title: "Plans" });
  const of = { workspaceId: ws.id, id };
  const activity = (kind: string, hour: string) =>
    image("activity", { workspaceId: ws.id, transferId: id, kind, who: "anyone", hour, lastAt: `${hour}:15:00.000Z` });
  /** The types of what webhooks are told after these records, which the stream delivers twice. */
  const told = async (...records: object[]) => {
    await handler({ Records: records });
    await handler({ Records: records });
    const { data } = await db()
      .entities.webhookMessage.query.ofWebhook({ workspaceId: ws.id, webhookId: webhook.id })
      .go();
    return data.map(({ type }) => type).sort();
  };
  return { of, activity, told };
}

test("webhooks are told when a transfer gets ready, and not when it comes out of the trash", async () => {
  const { of, told } = await begin();
  const transfer = (state: string) => image("transfer", { ...of, state, expiresAt: "2026-12-01T00:00:00.000Z" });
  assert.deepEqual(await told(record(transfer("ready"), transfer("deleted"))), []);
  assert.deepEqual(await told(record(transfer("sealed"), transfer("uploading"))), []);
  assert.deepEqual(await told(record(transfer("ready"), transfer("sealed"))), ["transfer.ready"]);
});

test("webhooks are told of blocked files of a sealed transfer, each time that there are more", async () => {
  const { of, told } = await begin();
  const transfer = (state: string, counts: number, blocked: number) =>
    image("transfer", { ...of, state, counts }, blocked);
  assert.deepEqual(await told(record(transfer("sealed", 2, 0), transfer("uploading", 1, 0))), []);
  assert.deepEqual(await told(record(transfer("sealed", 3, 1), transfer("sealed", 2, 0))), ["transfer.blocked"]);
  assert.equal((await told(record(transfer("ready", 4, 1), transfer("ready", 3, 1)))).length, 1);
  assert.equal((await told(record(transfer("ready", 5, 0), transfer("ready", 4, 1)))).length, 1);
  assert.equal((await told(record(transfer("ready", 6, 1), transfer("ready", 5, 0)))).length, 2);
});

test("webhooks are told of files that were blocked before the seal", async () => {
  const { of, told } = await begin();
  const transfer = (state: string) => image("transfer", { ...of, state, counts: 2 }, 1);
  assert.deepEqual(await told(record(transfer("sealed"), transfer("uploading"))), ["transfer.blocked"]);
});

test("webhooks are told of openings and downloads once an hour, and that a transfer has ended", async () => {
  const { of, activity, told } = await begin();
  assert.deepEqual(
    await told(
      record(activity("opened", "2026-11-29T10")),
      record(activity("downloaded", "2026-11-29T10")),
      record(activity("downloaded", "2026-11-29T11")),
      record(activity("renewed", "2026-11-29T11")),
    ),
    ["transfer.downloaded", "transfer.downloaded", "transfer.opened"],
  );
  const ready = image("transfer", { ...of, state: "ready" });
  const ended = image("transfer", { ...of, state: "ready", purgedAt: "2026-12-01T00:00:00.000Z" });
  const trashed = image("transfer", { ...of, state: "deleted" });
  const purged = image("transfer", { ...of, state: "deleted", purgedAt: "2026-12-01T00:00:00.000Z" });
  assert.equal((await told(record(purged, trashed))).length, 3);
  assert.ok((await told(record(ended, ready))).includes("transfer.expired"));
});
