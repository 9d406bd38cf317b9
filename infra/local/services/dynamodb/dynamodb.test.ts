import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  ConditionalCheckFailedException,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { table } from "#lib/db/indexes.ts";
import { commandLine, spawnGuarded } from "../../core/child-process.ts";
import type { LedgerEntry } from "../../core/ledger.ts";
import { createEngine } from "../../core/supervisor.ts";
import { familyOf, listenersOf } from "../../testing/sockets.ts";
import { temporaryDirectory } from "../../testing/temporary.ts";
import { isAlive, until } from "../../testing/until.ts";
import { tableIsEmpty } from "./dynoxide-file.ts";
import { findDynoxide, startDynamoDb } from "./engine.ts";
import { createDynamoDbFront } from "./front.ts";

const PROJECT = fileURLToPath(new URL("../../../..", import.meta.url));
const TableName = "test-table";
const credentials = { accessKeyId: "ASIATEST", secretAccessKey: "secret", sessionToken: "t".repeat(1000) };

async function dynamoDb(t: TestContext, { idleMs = 60_000, home = temporaryDirectory(t), isolated = true } = {}) {
  const entries: LedgerEntry[] = [];
  const options = {
    program: findDynoxide(PROJECT),
    file: join(home, "data.sqlite"),
    pidFile: join(home, "dynamodb.pid"),
    tableName: TableName,
    log: () => {},
    isolated,
  };
  const engine = createEngine({ name: "dynamodb", idleMs, start: () => startDynamoDb(options) });
  const server = createDynamoDbFront({
    engine,
    credentials,
    region: "us-east-1",
    ledger: (entry) => entries.push(entry),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  t.after(async () => {
    client.destroy();
    server.closeAllConnections();
    server.close();
    await engine.close();
  });
  return { client, engine, entries, endpoint, home, options };
}

const item = (pk: string, more: Record<string, { S: string } | { N: string }> = {}) => ({
  [table.partitionKey]: { S: pk },
  [table.sortKey]: { S: "x" },
  ...more,
});

const put = (pk: string, more = {}) => new PutItemCommand({ TableName, Item: item(pk, more) });
const get = (pk: string) => new GetItemCommand({ TableName, Key: item(pk) });

test("the first request starts the engine, and the table is as declared", async (t) => {
  const { client, engine } = await dynamoDb(t);
  assert.equal(engine.status().state, "asleep");
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(
    Table?.KeySchema?.map(({ AttributeName }) => AttributeName),
    [table.partitionKey, table.sortKey],
  );
  assert.deepEqual(
    Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort(),
    Object.keys(table.indexes).sort(),
  );
  assert.equal(Table?.StreamSpecification?.StreamViewType, "NEW_AND_OLD_IMAGES");
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  assert.equal(TimeToLiveDescription?.AttributeName, table.ttl);
});

test("the ledger has what each request consumed, which clients see only when they ask", async (t) => {
  const { client, entries } = await dynamoDb(t);
  const silent = await client.send(put("a", { text: { S: "x".repeat(1500) } }));
  assert.equal(silent.ConsumedCapacity, undefined);
  const asked = await client.send(new GetItemCommand({ TableName, Key: item("a"), ReturnConsumedCapacity: "TOTAL" }));
  assert.equal(asked.ConsumedCapacity?.CapacityUnits, 0.5);
  await client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: "a" } },
    }),
  );
  await client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: item("b") } }] }));
  await client.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(
    entries.map(({ service, operation, resource, units }) => ({ service, operation, resource, units })),
    [
      { service: "dynamodb", operation: "PutItem", resource: TableName, units: { writeUnits: 2 } },
      { service: "dynamodb", operation: "GetItem", resource: TableName, units: { readUnits: 0.5 } },
      { service: "dynamodb", operation: "Query", resource: TableName, units: { readUnits: 0.5 } },
      { service: "dynamodb", operation: "TransactWriteItems", resource: TableName, units: { writeUnits: 2 } },
    ],
  );
});

test("a write whose condition fails is billed by the size of the existing item, which is not shown", async (t) => {
  const { client, entries } = await dynamoDb(t);
  await client.send(put("a", { text: { S: "x".repeat(2500) } }));
  const again = new PutItemCommand({ TableName, Item: item("a"), ConditionExpression: "attribute_not_exists(pk)" });
  await assert.rejects(
    client.send(again),
    (error) => error instanceof ConditionalCheckFailedException && error.Item === undefined,
  );
  assert.deepEqual(entries.at(-1)?.units, { writeUnits: 3 });
});

test("a wrong signature, key or token is refused without starting the engine", async (t) => {
  const { engine, endpoint, entries } = await dynamoDb(t);
  const wrong = [
    { ...credentials, secretAccessKey: "other" },
    { ...credentials, accessKeyId: "ASIAOTHER" },
    { ...credentials, sessionToken: "other" },
  ];
  for (const one of wrong) {
    const client = new DynamoDBClient({ endpoint, region: "us-east-1", credentials: one, maxAttempts: 1 });
    await assert.rejects(client.send(get("a")), (error) =>
      new RegExp(one.secretAccessKey === "other" ? "InvalidSignature" : "UnrecognizedClient").test(String(error)),
    );
    client.destroy();
  }
  assert.equal(engine.status().state, "asleep");
  assert.equal(entries.length, 0);
});

test("what was written survives kill -9 of the engine, and the next request restarts it", async (t) => {
  const { client, engine } = await dynamoDb(t);
  await client.send(put("kept"));
  const [pid = 0] = engine.status().pids;
  process.kill(pid, "SIGKILL");
  await until("gone", () => engine.status().state === "asleep");
  assert.deepEqual((await client.send(get("kept"))).Item, item("kept"));
  assert.notEqual(engine.status().pids[0], pid);
});

test("the engine is stopped when idle, and has its data when it starts again", async (t) => {
  const { client, engine } = await dynamoDb(t, { idleMs: 40 });
  await client.send(put("kept"));
  const [pid = 0] = engine.status().pids;
  await until("asleep", () => engine.status().state === "asleep");
  assert.ok(!isAlive(pid));
  assert.deepEqual((await client.send(get("kept"))).Item, item("kept"));
});

test("an engine that an earlier router left behind is ended; another process with the same pid is not", async (t) => {
  const home = temporaryDirectory(t);
  const file = join(home, "data.sqlite");
  const orphan = spawnGuarded(findDynoxide(PROJECT), ["--port", "0", "--db-path", file]);
  writeFileSync(join(home, "dynamodb.pid"), String(orphan.pid));
  const { client } = await dynamoDb(t, { home });
  await client.send(put("a"));
  assert.equal(
    orphan.signalCode ?? (await new Promise((resolve) => orphan.once("exit", (_code, signal) => resolve(signal)))),
    "SIGKILL",
  );

  const other = temporaryDirectory(t);
  writeFileSync(join(other, "dynamodb.pid"), String(process.pid));
  const second = await dynamoDb(t, { home: other });
  await second.client.send(put("a"));
});

test("items whose TTL has passed are deleted at the engine's next start, and that costs nothing", async (t) => {
  const { client, engine, entries } = await dynamoDb(t);
  const now = Math.floor(Date.now() / 1000);
  await client.send(put("due", { [table.ttl]: { N: String(now - 10) } }));
  await client.send(put("later", { [table.ttl]: { N: String(now + 1000) } }));
  await client.send(put("ancient", { [table.ttl]: { N: "1" } }));
  const before = entries.length;
  process.kill(engine.status().pids[0] ?? 0, "SIGKILL");
  await until("gone", () => engine.status().state === "asleep");
  const left = await Promise.all(
    ["due", "later", "ancient"].map(async (pk) => (await client.send(get(pk))).Item !== undefined),
  );
  assert.deepEqual(left, [false, true, true]);
  assert.deepEqual(
    entries.slice(before).map(({ operation }) => operation),
    ["GetItem", "GetItem", "GetItem"],
  );
});

test("stream records are indexed from the start and deleted after a day", async (t) => {
  const { client, engine, options } = await dynamoDb(t);
  await client.send(put("old"));
  const records = (): number => {
    const database = new DatabaseSync(options.file);
    const [row] = database.prepare("SELECT count(*) AS records FROM _stream_records").all();
    const index = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = '_stream_records'")
      .all();
    assert.equal(index.length, 1);
    database.exec("UPDATE _stream_records SET created_at = created_at - 90000");
    database.close();
    return Number(row?.records);
  };
  assert.equal(records(), 1);
  process.kill(engine.status().pids[0] ?? 0, "SIGKILL");
  await until("gone", () => engine.status().state === "asleep");
  await client.send(put("new"));
  assert.equal(records(), 1);
});

test("whether the table is empty is known without starting the engine", async (t) => {
  const { client, options } = await dynamoDb(t);
  assert.equal(tableIsEmpty(options.file, TableName), true);
  await client.send(get("a"));
  assert.equal(tableIsEmpty(options.file, TableName), true);
  await client.send(put("a"));
  assert.equal(tableIsEmpty(options.file, TableName), false);
});

test("the engine, which accepts any signature, can only be reached through the router", async (t) => {
  const { client, engine, endpoint } = await dynamoDb(t);
  await client.send(put("a"));
  const family = engine.status().pids.flatMap(familyOf);
  assert.ok(family.length > 0);
  assert.deepEqual(listenersOf(family), []);
  const ours = listenersOf([process.pid]).map(({ port }) => port);
  assert.deepEqual(ours, [Number(new URL(endpoint).port)]);
});

test("on a system without network namespaces a web page does not find the engine", async (t) => {
  const { client, engine } = await dynamoDb(t, { isolated: false });
  const addresses = new Set<string>();
  for (let start = 0; start < 2; start++) {
    await client.send(put("a"));
    const url = await engine.use((running) => running.url);
    const { hostname, port } = new URL(url);
    addresses.add(hostname);
    assert.match(hostname, /^127\./);
    await assert.rejects(fetch(`http://127.0.0.1:${port}`));
    process.kill(engine.status().pids[0] ?? 0, "SIGKILL");
    await until("it has ended", () => engine.status().state === "asleep");
  }
  assert.equal(addresses.size, 2, "drawn anew at each start");
  assert.ok(!addresses.has("127.0.0.1"));
});

test("when the connection into the engine's network breaks, the engine is restarted", async (t) => {
  const { client, engine } = await dynamoDb(t);
  await client.send(put("kept"));
  const [pid = 0] = engine.status().pids;
  const [broker = 0] = familyOf(pid).filter((one) => commandLine(one).startsWith("/usr/bin/perl"));
  process.kill(broker, "SIGKILL");
  await until("gone", () => engine.status().state === "asleep");
  assert.ok(!isAlive(pid));
  assert.deepEqual((await client.send(get("kept"))).Item, item("kept"));
});
