import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { FAILED_QUEUE } from "../../environment.ts";
import { startTestCloud, type TestCloud } from "../../testing/cloud.ts";
import { until } from "../../testing/until.ts";

const urlOf = ({ resources }: TestCloud): string =>
  (JSON.parse(resources["SST_RESOURCE_FailedQueue"] ?? "") as { url: string }).url;

async function countsOf(cloud: TestCloud): Promise<number[]> {
  const { Attributes = {} } = await cloud.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: urlOf(cloud), AttributeNames: ["All"] }),
  );
  return [
    Number(Attributes["ApproximateNumberOfMessages"]),
    Number(Attributes["ApproximateNumberOfMessagesNotVisible"]),
    Number(Attributes["ApproximateNumberOfMessagesDelayed"]),
  ];
}

test("a received message is hidden, becomes visible again, and is gone once it is deleted", async (t) => {
  const cloud = await startTestCloud(t, {});
  const { sqs } = cloud;
  const QueueUrl = urlOf(cloud);
  assert.equal((await sqs.send(new GetQueueUrlCommand({ QueueName: FAILED_QUEUE }))).QueueUrl, QueueUrl);
  // The client compares the digests of body and attributes with its own.
  const sent = await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: "größe",
      MessageAttributes: { kind: { DataType: "String", StringValue: "x" } },
    }),
  );
  assert.equal(sent.MD5OfMessageAttributes, "57dd03eb020678b56fd5c31e88f4cff1");
  const receive = async () =>
    (
      await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          WaitTimeSeconds: 5,
          MessageSystemAttributeNames: ["All"],
          MessageAttributeNames: ["kind"],
        }),
      )
    ).Messages?.[0];
  const first = await receive();
  assert.equal(first?.Body, "größe");
  assert.equal(first?.MessageId, sent.MessageId);
  assert.equal(first?.Attributes?.ApproximateReceiveCount, "1");
  assert.equal(first?.MessageAttributes?.["kind"]?.StringValue, "x");
  assert.deepEqual(await countsOf(cloud), [0, 1, 0]);
  const visible = new ChangeMessageVisibilityCommand({
    QueueUrl,
    ReceiptHandle: first?.ReceiptHandle ?? "",
    VisibilityTimeout: 0,
  });
  await sqs.send(visible);
  const second = await receive();
  assert.equal(second?.Attributes?.ApproximateReceiveCount, "2");
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle ?? "" }));
  assert.deepEqual(await countsOf(cloud), [0, 1, 0], "the handle of an earlier receipt deletes nothing");
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second?.ReceiptHandle ?? "" }));
  assert.deepEqual(await countsOf(cloud), [0, 0, 0]);
});

test("a waiting receiver gets a message when it arrives; one of several receivers gets it", async (t) => {
  const cloud = await startTestCloud(t, {});
  const QueueUrl = urlOf(cloud);
  const waiting = [1, 2, 3].map(() =>
    cloud.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 3, MaxNumberOfMessages: 10 })),
  );
  await until("all to wait", async () => (await cloud.engine("sqs"))?.inFlight === 3);
  await cloud.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "one" }));
  const first = await Promise.race(waiting);
  assert.equal(first.Messages?.[0]?.Body, "one");
  const all = await Promise.all(waiting);
  assert.equal(all.flatMap(({ Messages = [] }) => Messages).length, 1);
});

test("messages survive a restart, and each message of a batch is answered separately", async (t) => {
  const cloud = await startTestCloud(t, {});
  const { sqs } = cloud;
  const QueueUrl = urlOf(cloud);
  const sent = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: "a", MessageBody: "1" },
        { Id: "b", MessageBody: "2" },
        { Id: "c", MessageBody: "3", DelaySeconds: 100 },
        { Id: "d", MessageBody: "x".repeat(1024 ** 2 + 1) },
      ],
    }),
  );
  assert.deepEqual(
    sent.Successful?.map(({ Id }) => Id),
    ["a", "b", "c"],
  );
  assert.deepEqual(
    sent.Failed?.map(({ Id, Code }) => [Id, Code]),
    [["d", "InvalidParameterValue"]],
  );
  await cloud.stop("kill");
  await cloud.start();
  assert.deepEqual(await countsOf(cloud), [2, 0, 1]);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  assert.deepEqual(
    Messages.map(({ Body }) => Body),
    ["1", "2"],
  );
  await sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
    }),
  );
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  assert.deepEqual(await countsOf(cloud), [0, 0, 0]);
  await assert.rejects(
    sqs.send(new SendMessageCommand({ QueueUrl: QueueUrl.replace(/[^/]+$/, "other"), MessageBody: "x" })),
    (error) => error instanceof QueueDoesNotExist,
  );
});

test("every request is in the ledger, with its payload", async (t) => {
  const cloud = await startTestCloud(t, {});
  const QueueUrl = urlOf(cloud);
  await cloud.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x".repeat(65_537) }));
  await cloud.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  await cloud.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const folder = join(cloud.home, "ledger");
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), "utf8").trim().split("\n"));
  const entries = lines.map((line) => JSON.parse(line) as { service: string; operation: string; units: object });
  assert.deepEqual(
    entries.map(({ service, operation, units }) => [service, operation, units]),
    [
      ["sqs", "SendMessage", { requests: 2 }],
      ["sqs", "ReceiveMessage", { requests: 2 }],
      ["sqs", "ReceiveMessage", { requests: 1 }],
    ],
  );
});

test("the mapping delivers each message once while it is enabled; messages that the function reports as failed stay", async (t) => {
  const cloud = await startTestCloud(t, {
    redrive: `export const handler = async ({ Records }) => {
      seen(Records.map(({ body, eventSource, attributes }) => [body, eventSource, attributes.ApproximateReceiveCount]));
      return { batchItemFailures: Records.filter(({ body }) => body === "3").map(({ messageId }) => ({ itemIdentifier: messageId })) };
    };`,
  });
  const { sqs, lambda, seen } = cloud;
  const QueueUrl = urlOf(cloud);
  const { uuid: UUID } = JSON.parse(cloud.resources["SST_RESOURCE_Redrive"] ?? "") as { uuid: string };
  for (let n = 1; n <= 12; n += 1) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: String(n) }));
  assert.equal((await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State, "Disabled");
  assert.deepEqual(await countsOf(cloud), [12, 0, 0]);
  assert.equal((await cloud.engine("redrive"))?.state, "asleep");

  const enabled = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  assert.equal(enabled.State, "Enabling");
  await until("two batches", () => seen("redrive").length === 2);
  const delivered = seen("redrive").flat() as [body: string, source: string, count: string][];
  assert.deepEqual(
    delivered,
    Array.from({ length: 12 }, (_, index) => [String(index + 1), "aws:sqs", "1"]),
  );
  await until("eleven to be deleted", async () => String(await countsOf(cloud)) === "0,1,0");

  // The next router goes on by itself, also after kill -9.
  await cloud.stop("kill");
  await cloud.start();
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: "redrive" }),
  );
  assert.deepEqual(
    EventSourceMappings.map((mapping) => [mapping.UUID, mapping.State]),
    [[UUID, "Enabled"]],
  );
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "13" }));
  await until("the next", () => seen("redrive").length === 3);

  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "14" }));
  await until("asleep for good", async () => String(await countsOf(cloud)) === "1,1,0");
  assert.equal(seen("redrive").length, 3);
});
