import assert from "node:assert/strict";
import { test } from "node:test";
import { InvokeCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { GetQueueAttributesCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { functionArn } from "../../core/arns.ts";
import { startTestCloud } from "../../testing/cloud.ts";
import { until } from "../../testing/until.ts";
import type { DestinationRecord } from "./async-queue.ts";

const FAST = { DORMOUSE_ASYNC_RETRY_SECONDS: "0.05" };
const ECHO = "export const handler = async (event, context) => ({ event, id: context.awsRequestId });";
const payload = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const json = (bytes: Uint8Array | undefined): unknown => JSON.parse(Buffer.from(bytes ?? []).toString());

test("a function is invoked by its name, its ARN, and either with a qualifier", async (t) => {
  const { lambda, environment } = await startTestCloud(t, { check: ECHO });
  const arn = functionArn(environment.region, "check");
  for (const FunctionName of ["check", arn, "check:$LATEST", `${arn}:$LATEST`, "000000000000:function:check"]) {
    const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: payload({ n: 1 }) }));
    assert.equal(answer.StatusCode, 200, FunctionName);
    assert.equal(answer.ExecutedVersion, "$LATEST");
    assert.equal(answer.FunctionError, undefined);
    assert.deepEqual(json(answer.Payload), { event: { n: 1 }, id: answer.$metadata.requestId });
  }
  const dry = await lambda.send(new InvokeCommand({ FunctionName: "check", InvocationType: "DryRun" }));
  assert.equal(dry.StatusCode, 204);
});

test("errors are those of the real service", async (t) => {
  const { lambda, environment } = await startTestCloud(t, {
    check: `export const handler = async ({ how }) => {
      if (how === "throw") throw new TypeError("no good");
      if (how === "exit") process.exit(3);
    };`,
    announce: "throw new Error('never ready');",
  });
  const invoke = (FunctionName: string, event: object) =>
    lambda.send(new InvokeCommand({ FunctionName, Payload: payload(event) }));
  const thrown = await invoke("check", { how: "throw" });
  assert.equal(thrown.FunctionError, "Unhandled");
  const { errorType, errorMessage } = json(thrown.Payload) as { errorType: string; errorMessage: string };
  assert.deepEqual([errorType, errorMessage], ["TypeError", "no good"]);
  const exited = await invoke("check", { how: "exit" });
  assert.equal(exited.FunctionError, "Unhandled");
  assert.equal((json(exited.Payload) as { errorType: string }).errorType, "Runtime.ExitError");
  assert.equal((await invoke("announce", {})).FunctionError, "Unhandled");
  await assert.rejects(invoke("nobody", {}), (error) => error instanceof ResourceNotFoundException);
  await assert.rejects(invoke("check", { text: "x".repeat(6 * 1024 ** 2) }), /limited to 6 MB/);
  const stranger = new LambdaClient({
    endpoint: environment.services.url,
    region: environment.region,
    credentials: { ...environment.credentials, secretAccessKey: "other" },
    maxAttempts: 1,
  });
  await assert.rejects(stranger.send(new InvokeCommand({ FunctionName: "check" })), {
    name: "InvalidSignatureException",
  });
  stranger.destroy();
});

test("an event that keeps failing is tried three times and then goes to the queue of failed events", async (t) => {
  const { lambda, sqs, seen, environment, resources } = await startTestCloud(
    t,
    {
      objects:
        "export const handler = async (event, context) => { seen(context.awsRequestId); throw new Error('broken'); };",
    },
    FAST,
  );
  const accepted = await lambda.send(
    new InvokeCommand({ FunctionName: "objects", InvocationType: "Event", Payload: payload({ n: 7 }) }),
  );
  assert.equal(accepted.StatusCode, 202);
  const { url: QueueUrl } = JSON.parse(resources["SST_RESOURCE_FailedQueue"] ?? "") as { url: string };
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  const record = JSON.parse(Messages[0]?.Body ?? "") as DestinationRecord;
  const requestId = accepted.$metadata.requestId;
  assert.deepEqual(seen("objects"), [requestId, requestId, requestId]);
  assert.equal(record.version, "1.0");
  assert.deepEqual(record.requestContext, {
    requestId,
    functionArn: `${functionArn(environment.region, "objects")}:$LATEST`,
    condition: "RetriesExhausted",
    approximateInvokeCount: 3,
  });
  assert.deepEqual(record.requestPayload, { n: 7 });
  assert.deepEqual(record.responseContext, { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" });
  assert.equal((record.responsePayload as { errorMessage: string }).errorMessage, "broken");
});

test("events survive kill -9 of the router, including those being processed", async (t) => {
  const { lambda, seen, stop, start } = await startTestCloud(
    t,
    {
      objects: `import { existsSync, writeFileSync } from "node:fs";
      export const handler = async (event) => {
        seen(event.n);
        if (calls() <= 2) await new Promise(() => setInterval(() => {}, 1000));
      };`,
    },
    FAST,
  );
  for (const n of [1, 2])
    await lambda.send(new InvokeCommand({ FunctionName: "objects", InvocationType: "Event", Payload: payload({ n }) }));
  await until("both to be under way", () => seen("objects").length === 2);
  await stop("kill");
  await start();
  await until("both to be done again", () => seen("objects").length === 4);
  assert.deepEqual(seen("objects").slice(2).sort(), [1, 2]);
});

test("the next router waits for the time of a retry, and does not repeat finished events", async (t) => {
  const { lambda, sqs, seen, engine, stop, start, resources } = await startTestCloud(
    t,
    {
      objects:
        "export const handler = async ({ fails }) => { seen([fails, Date.now()]); if (fails && calls() < 3) throw new Error('not yet'); };",
    },
    { DORMOUSE_ASYNC_RETRY_SECONDS: "1.5" },
  );
  const send = (event: object) =>
    lambda.send(new InvokeCommand({ FunctionName: "objects", InvocationType: "Event", Payload: payload(event) }));
  await send({ fails: false });
  await until("the first", () => seen("objects").length === 1);
  await send({ fails: true });
  await until("the second", () => seen("objects").length === 2);
  await until("its failure to be known", async () => (await engine("objects"))?.inFlight === 0);
  await stop("kill");
  await start();
  await until("its second try", () => seen("objects").length === 3);
  const calls = seen("objects") as [fails: boolean, at: number][];
  assert.deepEqual(
    calls.map(([fails]) => fails),
    [false, true, true],
  );
  assert.ok((calls[2]?.[1] ?? 0) - (calls[1]?.[1] ?? 0) >= 1500, "it waited");
  const { url: QueueUrl } = JSON.parse(resources["SST_RESOURCE_FailedQueue"] ?? "") as { url: string };
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
  assert.equal(Attributes?.ApproximateNumberOfMessages, "0");
});
