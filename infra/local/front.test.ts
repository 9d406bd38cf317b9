import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { ECSClient, RunTaskCommand } from "@aws-sdk/client-ecs";
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type AwsService, jsonReply, readInput, ServiceError, type ServiceRequest } from "./core/aws-service.ts";
import { createServicesFront, type RestrictedCaller } from "./front.ts";
import { until } from "./testing/until.ts";

const credentials = { accessKeyId: "ASIATEST", secretAccessKey: "secret", sessionToken: "t".repeat(1000) };

async function front(
  t: TestContext,
  names: string[],
  handle: AwsService["handle"],
  restricted = new Map<string, RestrictedCaller>(),
) {
  const errors: string[] = [];
  const service = { names, handle, status: () => [], close: async () => undefined };
  const server = createServicesFront({
    services: [service],
    credentials,
    restricted,
    region: "us-east-1",
    onError: (message) => errors.push(message),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { errors, endpoint, config: { endpoint, region: "us-east-1", credentials, maxAttempts: 1 } };
}

const executionArn = "arn:aws:states:us-east-1:000000000000:execution:m:e";

test("a service gets the request, and its answers and errors reach the client in the protocol's shape", async (t) => {
  let asked: ServiceRequest | undefined;
  const { config } = await front(t, ["states"], async (request) => {
    asked = request;
    const { executionArn: arn } = readInput(request);
    if (arn !== executionArn) throw new ServiceError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    return jsonReply(request, { executionArn: arn, status: "RUNNING", startDate: 1.5 });
  });
  const client = new SFNClient(config);
  t.after(() => client.destroy());
  const answer = await client.send(new DescribeExecutionCommand({ executionArn }));
  assert.equal(answer.status, "RUNNING");
  assert.equal(answer.startDate?.getTime(), 1500);
  assert.deepEqual([asked?.service, asked?.operation, asked?.method], ["states", "DescribeExecution", "POST"]);
  assert.equal(answer.$metadata.requestId, asked?.requestId);
  await assert.rejects(
    client.send(new DescribeExecutionCommand({ executionArn: `${executionArn}-other` })),
    (error) => error instanceof ExecutionDoesNotExist && /-other/.test(error.message),
  );
});

test("an unexpected error in a service is answered as an outage and written to the log", async (t) => {
  const { config, errors } = await front(t, ["lambda"], async () => {
    throw new Error("broken");
  });
  const client = new LambdaClient(config);
  t.after(() => client.destroy());
  await assert.rejects(
    client.send(new ListFunctionsCommand({})),
    (error: Error & { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode === 500,
  );
  assert.match(errors.join(), /broken/);
});

test("an unknown service and a wrong signature are refused before the service is called", async (t) => {
  const { config, endpoint } = await front(t, ["states"], () => assert.fail());
  const sqs = new SQSClient(config);
  const other = new SFNClient({ ...config, credentials: { ...credentials, secretAccessKey: "other" } });
  t.after(() => {
    sqs.destroy();
    other.destroy();
  });
  await assert.rejects(sqs.send(new ReceiveMessageCommand({ QueueUrl: `${endpoint}/0/q` })), /no service "sqs"/);
  await assert.rejects(other.send(new DescribeExecutionCommand({ executionArn })), {
    name: "InvalidSignatureException",
  });
  assert.equal((await fetch(endpoint)).status, 400);
});

test("an isolated task may report the result of its work and invoke its own functions, and is refused everything else", async (t) => {
  const asked: string[] = [];
  const own = { accessKeyId: "ASIATASK", secretAccessKey: "of the task", sessionToken: "own" };
  const { config } = await front(
    t,
    ["states", "lambda", "sqs", "ecs"],
    async (request) => {
      asked.push(`${request.service} ${request.operation}${request.path}`);
      return jsonReply(request);
    },
    new Map([[own.accessKeyId, { credentials: own, invokes: ["record"] }]]),
  );
  const clients = [SFNClient, LambdaClient, SQSClient, ECSClient].map(
    (Client) => new Client({ ...config, credentials: own }),
  );
  const [sfn, lambda, sqs, ecs] = clients as [SFNClient, LambdaClient, SQSClient, ECSClient];
  t.after(() => clients.map((client) => client.destroy()));
  const taskToken = "token";
  await sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
  await sfn.send(new SendTaskSuccessCommand({ taskToken, output: "{}" }));
  await lambda.send(new InvokeCommand({ FunctionName: "record", Payload: "{}" }));
  await lambda.send(
    new InvokeCommand({ FunctionName: "arn:aws:lambda:us-east-1:000000000000:function:record", Payload: "{}" }),
  );
  const allowed = asked.length;
  assert.equal(allowed, 4);
  const refused = [
    () => sfn.send(new DescribeExecutionCommand({ executionArn })),
    () => sfn.send(new StartExecutionCommand({ stateMachineArn: executionArn })),
    () => lambda.send(new InvokeCommand({ FunctionName: "sweep", Payload: "{}" })),
    () =>
      lambda.send(
        new InvokeCommand({
          FunctionName: "arn:aws:lambda:us-east-1:000000000000:function:sweep:record",
          Payload: "{}",
        }),
      ),
    () => lambda.send(new ListFunctionsCommand({})),
    () => sqs.send(new SendMessageCommand({ QueueUrl: `${config.endpoint}/0/q`, MessageBody: "{}" })),
    () => ecs.send(new RunTaskCommand({ taskDefinition: "signatures" })),
  ];
  for (const ask of refused) await assert.rejects(ask, { name: /AccessDenied/ });
  assert.equal(asked.length, allowed);
  const forged = new SFNClient({ ...config, credentials: { ...own, secretAccessKey: "other" } });
  await assert.rejects(forged.send(new SendTaskHeartbeatCommand({ taskToken })), { name: "InvalidSignatureException" });
  forged.destroy();
});

test("a service learns that its client has hung up", async (t) => {
  let signal: AbortSignal | undefined;
  const { config } = await front(t, ["states"], async (request) => {
    signal = request.signal;
    await new Promise<void>((resolve) => request.signal.addEventListener("abort", () => resolve()));
    return jsonReply(request);
  });
  const client = new SFNClient(config);
  t.after(() => client.destroy());
  const hangUp = new AbortController();
  const asked = client.send(new DescribeExecutionCommand({ executionArn }), { abortSignal: hangUp.signal });
  await until("the request", () => signal !== undefined);
  hangUp.abort();
  await assert.rejects(asked);
  await until("it to be told", () => signal?.aborted === true);
});
