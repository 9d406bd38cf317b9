import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { streamFilter } from "#infra/function-list.ts";
import { table } from "#lib/db/indexes.ts";
import { startTestCloud, type TestCloud } from "../../testing/cloud.ts";
import { until } from "../../testing/until.ts";
import { databaseFile } from "./dynoxide-file.ts";
import { createStreamReader } from "./stream.ts";
import { passesFilter } from "./stream-filter.ts";

const TableName = "dormouse-local-table";

const NOTE = `export const handler = async ({ Records }) => {
  for (const { eventName, dynamodb, userIdentity } of Records)
    seen([eventName, dynamodb.Keys.pk.S, dynamodb.NewImage?.state.S ?? null, userIdentity?.principalId ?? null]);
};`;

const keyOf = (pk: string) => ({ [table.partitionKey]: { S: pk }, [table.sortKey]: { S: "transfer" } });

function writer({ dynamodb }: TestCloud) {
  return {
    put: (pk: string, state: string, more: Record<string, { S: string } | { N: string }> = {}) =>
      dynamodb.send(
        new PutItemCommand({
          TableName,
          Item: { ...keyOf(pk), __edb_e__: { S: "transfer" }, state: { S: state }, ...more },
        }),
      ),
    set: (pk: string, state: string) =>
      dynamodb.send(
        new UpdateItemCommand({
          TableName,
          Key: keyOf(pk),
          UpdateExpression: "SET #state = :state",
          ExpressionAttributeNames: { "#state": "state" },
          ExpressionAttributeValues: { ":state": { S: state } },
        }),
      ),
    remove: (pk: string) => dynamodb.send(new DeleteItemCommand({ TableName, Key: keyOf(pk) })),
  };
}

test("sealed, ready, deleted and purged transfers call the function, in order; other rows do not", async (t) => {
  const cloud = await startTestCloud(t, { changes: NOTE });
  const { put, set, remove } = writer(cloud);
  await put("a", "uploading");
  await put("file", "stored", { __edb_e__: { S: "file" } });
  await set("file", "sealed");
  await set("a", "sealed");
  await set("a", "ready");
  await set("a", "deleted");
  await remove("a");
  await remove("file");
  await until("four records", () => cloud.seen("changes").length >= 4);
  assert.deepEqual(cloud.seen("changes"), [
    ["MODIFY", "a", "sealed", null],
    ["MODIFY", "a", "ready", null],
    ["MODIFY", "a", "deleted", null],
    ["REMOVE", "a", null, null],
  ]);
});

test("the function gets at most a hundred records, in order; after a restart only unacknowledged ones are repeated", async (t) => {
  const cloud = await startTestCloud(t, {
    changes: `import { existsSync, writeFileSync } from "node:fs";
    export const handler = async ({ Records }) => {
      const keys = Records.map(({ dynamodb }) => dynamodb.Keys.pk.S);
      seen(keys);
      const hung = new URL("hung", import.meta.url);
      if (!keys.includes("hang") || existsSync(hung)) return;
      writeFileSync(hung, "");
      await new Promise(() => setInterval(() => {}, 1000));
    };`,
  });
  const { put, set } = writer(cloud);
  const names = Array.from({ length: 150 }, (_, index) => `t${String(index).padStart(3, "0")}`);
  await Promise.all(names.map((name) => put(name, "uploading")));
  for (const name of names) await set(name, "sealed");
  const seen = (): string[][] => cloud.seen("changes") as string[][];
  await until("all of them", () => seen().flat().length === 150);
  assert.deepEqual(seen().flat(), names);
  assert.ok(seen().every((batch) => batch.length <= 100));
  await until("at rest", async () => (await cloud.engine("stream"))?.state === "asleep");

  const before = seen().length;
  await put("hang", "uploading");
  await set("hang", "sealed");
  await until("the one that hangs", () => seen().length > before);
  await cloud.stop("kill");
  await cloud.start();
  await until("it to be tried again", () => seen().length > before + 1);
  assert.deepEqual(seen().slice(before), [["hang"], ["hang"]]);
});

test("a record that keeps failing goes to the queue, and the records around it are delivered in order", async (t) => {
  const cloud = await startTestCloud(t, {});
  const { put, set } = writer(cloud);
  for (const name of ["a", "bad", "c", "d"]) await put(name, "uploading");
  for (const name of ["a", "bad", "c", "d"]) await set(name, "sealed");
  const batches: string[] = [];
  const failures: object[] = [];
  const reader = createStreamReader({
    file: join(cloud.home, "position.sqlite"),
    tableFile: databaseFile(cloud.home),
    tableName: TableName,
    region: "us-east-1",
    functionName: "changes",
    functions: {
      async invoke(_name, event) {
        const { Records } = event as { Records: { dynamodb: { Keys: { pk: { S: string } } } }[] };
        const batch = Records.map(({ dynamodb }) => dynamodb.Keys.pk.S).join("");
        batches.push(batch);
        return { requestId: "id", payload: Buffer.from("null"), failed: batch.includes("bad") };
      },
    },
    filter: streamFilter,
    retries: 2,
    retryMs: 1,
    onFailure: (record) => failures.push(record),
    onError: assert.fail,
  });
  t.after(() => reader.close());
  reader.wake();
  await until("the last of them", () => batches.at(-1) === "cd");
  await until("at rest", () => reader.status().state === "asleep");
  assert.deepEqual(batches, ["abadcd", "abad", "a", "bad", "bad", "bad", "cd"]);
  const [record] = failures as { requestContext: { condition: string }; DDBStreamBatchInfo: { batchSize: number } }[];
  assert.equal(failures.length, 1);
  assert.equal(record?.requestContext.condition, "RetryAttemptsExhausted");
  assert.equal(record?.DDBStreamBatchInfo.batchSize, 1);
});

test("a deletion by TTL is marked as such, and calls the function as well", async (t) => {
  const cloud = await startTestCloud(t, { changes: NOTE });
  const { put, remove } = writer(cloud);
  const past = String(Math.floor(Date.now() / 1000) - 10);
  await put("due", "deleted", { [table.ttl]: { N: past } });
  await put("by hand", "deleted");
  await remove("by hand");
  process.kill((await cloud.engine("dynamodb"))?.pids[0] ?? 0, "SIGKILL");
  await until("gone", async () => (await cloud.engine("dynamodb"))?.state === "asleep");
  await put("other", "uploading");
  await remove("other");
  await until("three", () => cloud.seen("changes").length === 3);
  assert.deepEqual(cloud.seen("changes"), [
    ["REMOVE", "by hand", null, null],
    ["REMOVE", "due", null, "dynamodb.amazonaws.com"],
    ["REMOVE", "other", null, null],
  ]);
});

test("while nothing is written nothing runs, and the functions are stopped", async (t) => {
  const cloud = await startTestCloud(t, { changes: NOTE }, { DORMOUSE_IDLE_SECONDS: "0.3" });
  const { put, set } = writer(cloud);
  await put("a", "uploading");
  await set("a", "sealed");
  await until("the record", () => cloud.seen("changes").length === 1);
  await until("everything asleep", async () =>
    (await cloud.engines()).every(({ state, pids }) => state === "asleep" && pids.length === 0),
  );
});

test("every value of a filter is a list of alternatives, and all of the filter's fields must match", () => {
  const event = (eventName: string, image: string, entity: string, state = "x") => ({
    eventName,
    dynamodb: { [image]: { __edb_e__: { S: entity }, state: { S: state } } },
  });
  assert.equal(passesFilter(streamFilter, event("MODIFY", "NewImage", "transfer", "sealed")), true);
  assert.equal(passesFilter(streamFilter, event("INSERT", "NewImage", "transfer", "sealed")), false);
  assert.equal(passesFilter(streamFilter, event("MODIFY", "NewImage", "file", "sealed")), false);
  assert.equal(passesFilter(streamFilter, event("REMOVE", "OldImage", "transfer")), true);
  assert.equal(passesFilter(streamFilter, event("REMOVE", "OldImage", "file")), false);
  assert.equal(passesFilter(streamFilter, {}), false);
});
