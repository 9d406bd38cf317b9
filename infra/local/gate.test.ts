/**
 * Only the router listens on TCP. It refuses requests for another host and requests without a valid signature or key.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { DescribeStateMachineCommand } from "@aws-sdk/client-sfn";
import { functionArn, stateMachineArn } from "./core/arns.ts";
import { whyUnconfined } from "./core/namespace.ts";
import { apiPort, inboxKey, inboxPort, STATE_MACHINE, TABLE_NAME, UPLOADS_BUCKET } from "./environment.ts";
import { startTestCloud } from "./testing/cloud.ts";
import { familyOf, type Listener, listenersOf } from "./testing/sockets.ts";
import { temporaryDirectory } from "./testing/temporary.ts";

const SECRET = "what only the owner may read";
const WEB = `export const handler = awslambda.streamifyResponse(async (event, raw) =>
  void awslambda.HttpResponseStream.from(raw, { statusCode: 200, headers: {} }).end(${JSON.stringify(SECRET)}));`;

/** What \`npm start\` serves, without the build: a web function and the other functions, in a deployment's folders. */
function deployment(t: TestContext): string {
  const folder = temporaryDirectory(t);
  const write = (path: string, text: string): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const behaviors = [
    { pattern: "*", origin: "default" },
    { pattern: "_next/*", origin: "s3" },
  ];
  write("open-next.output.json", JSON.stringify({ origins: {}, behaviors }));
  write("assets/_next/secret.js", SECRET);
  write("server-functions/default/index.mjs", WEB);
  for (const name of ["check", "changes", "objects"])
    write(`functions/${name}/index.mjs`, `export const handler = async () => ${JSON.stringify(SECRET)};`);
  return folder;
}

/** Starts the cloud and every engine, and stores something readable in each. */
async function awake(t: TestContext) {
  const cloud = await startTestCloud(t, {}, { TEST_DEPLOYMENT: deployment(t), DORMOUSE_IDLE_SECONDS: "600" });
  const { environment, s3, dynamodb, lambda, sfn } = cloud;
  const { region } = environment;
  await s3.send(new PutObjectCommand({ Bucket: UPLOADS_BUCKET, Key: "secret", Body: SECRET }));
  await dynamodb.send(
    new PutItemCommand({ TableName: TABLE_NAME, Item: { pk: { S: "a" }, sk: { S: "b" }, text: { S: SECRET } } }),
  );
  await lambda.send(new InvokeCommand({ FunctionName: "check", Payload: "{}" }));
  await sfn.send(new DescribeStateMachineCommand({ stateMachineArn: stateMachineArn(region, STATE_MACHINE) }));
  assert.equal(await (await fetch(environment.origin)).text(), SECRET);
  return cloud;
}

type Awake = Awaited<ReturnType<typeof awake>>;

test("only the router listens, and it tells nothing to a caller with a wrong host name or without credentials", async (t) => {
  assert.equal(await whyUnconfined(), undefined, "this machine permits namespaces; else the engine's port is open");
  const cloud = await awake(t);
  await t.test("with every engine awake, its ports are all that anything of ours listens on", (t) => count(t, cloud));
  await t.test("with a wrong name, or none of the secrets, no port answers with anybody's content", (t) =>
    tryAll(t, cloud),
  );
});

async function count(t: TestContext, cloud: Awake): Promise<void> {
  const engines = (await cloud.engines()).filter(({ pids }) => pids.length > 0);
  for (const name of ["web", "s3", "dynamodb", "check"])
    assert.ok(
      engines.some((engine) => engine.name === name),
      `${name} is awake`,
    );
  const family = familyOf(cloud.pid());
  for (const { name, pids } of engines) for (const pid of pids) assert.ok(family.includes(pid), `${name} is counted`);
  const listeners = listenersOf(family);
  const { port } = cloud.environment;
  const expected = [0, 1, 2, 3, 4, 5].flatMap((more) =>
    addressesOf(listeners).map((address) => ({ pid: cloud.pid(), address, port: port + more })),
  );
  const order = (a: Listener, b: Listener): number => a.port - b.port || a.address.localeCompare(b.address);
  t.diagnostic(
    `${family.length} processes of ${engines.length} engines and the router listen on ${listeners.length} sockets: ports ${[...new Set(listeners.map(({ port }) => port - cloud.environment.port))].sort().map((more) => `PORT+${more}`)}`,
  );
  assert.deepEqual(listeners.sort(order), expected.sort(order));
}

/** A system without IPv6 has one address only. */
const addressesOf = (listeners: readonly Listener[]): string[] =>
  listeners.some(({ address }) => address === "::1") ? ["127.0.0.1", "::1"] : ["127.0.0.1"];

type Asked = { method: string; path: string; headers?: Record<string, string>; body?: string };
type Port = { name: string; port: number; routes: Asked[]; open?: (asked: Asked) => boolean };

function portsOf({ environment }: Awake): Port[] {
  const { port, s3, dynamodb, services, region } = environment;
  const unsigned = `AWS4-HMAC-SHA256 Credential=x/20260101/${region}/SERVICE/aws4_request, SignedHeaders=host, Signature=00`;
  const target = (name: string, service?: string) => ({
    "x-amz-target": name,
    "content-type": "application/x-amz-json-1.0",
    ...(service ? { authorization: unsigned.replace("SERVICE", service) } : {}),
  });
  const gets = (...paths: string[]): Asked[] => paths.map((path) => ({ method: "GET", path }));
  const any = (path: string): Asked[] => ["HEAD", "OPTIONS", "PUT", "DELETE"].map((method) => ({ method, path }));
  const scan = JSON.stringify({ TableName: TABLE_NAME });
  return [
    {
      name: "the app",
      port,
      routes: [...gets("/", "/api/upload/v1/x", "/_next/secret.js", "http://localhost/"), ...any("/")],
      // A request with the app's own host name is a guest's; the app decides what a guest may see.
      open: () => true,
    },
    {
      name: "S3",
      port: s3.port,
      routes: [
        ...gets("/", `/${UPLOADS_BUCKET}`, `/${UPLOADS_BUCKET}/secret`, `/${UPLOADS_BUCKET}/secret?tagging`),
        ...gets(`/${UPLOADS_BUCKET}/secret?X-Amz-Signature=00`, "/?x-id=ListBuckets", "/health"),
        ...any(`/${UPLOADS_BUCKET}/secret`),
        { method: "POST", path: `/${UPLOADS_BUCKET}?delete` },
        { method: "OPTIONS", path: `/${UPLOADS_BUCKET}/secret`, headers: { "access-control-request-method": "GET" } },
      ],
    },
    {
      name: "DynamoDB",
      port: dynamodb.port,
      routes: [
        ...["Scan", "Query", "GetItem", "DescribeTable", "ListTables", "ExecuteStatement"].flatMap((operation) =>
          [undefined, "dynamodb"].map((service) => ({
            method: "POST",
            path: "/",
            headers: target(`DynamoDB_20120810.${operation}`, service),
            body: scan,
          })),
        ),
        ...gets("/", "/shell", "/healthz"),
        ...any("/"),
      ],
    },
    {
      name: "the other services",
      port: services.port,
      routes: [
        ...gets("/", "/2015-03-31/functions", "/v2/email/identities", "/schedules"),
        { method: "POST", path: `/2015-03-31/functions/${functionArn(region, "check")}/invocations`, body: "{}" },
        ...["lambda", "sqs", "states", "ecs", "scheduler", "ses"].map((service) => ({
          method: "POST",
          path: "/",
          headers: target("AWSStepFunctions.ListStateMachines", service),
          body: "{}",
        })),
        ...any("/"),
      ],
    },
    {
      name: "the inbox",
      port: inboxPort(environment),
      routes: [
        ...gets("/", "/messages.json", "/messages/1", "/?key=wrong"),
        { method: "POST", path: "/clear" },
        ...any("/"),
      ],
    },
    {
      name: "the API",
      port: apiPort(environment),
      routes: [
        ...gets("/", "/v1/transfers", "/v2/x", `http://localhost:${apiPort(environment)}/v1/x`),
        { method: "POST", path: "/v1/transfers", body: "{}" },
        { method: "OPTIONS", path: "/v1/transfers", headers: { "access-control-request-method": "GET" } },
        ...any("/v1/transfers"),
      ],
    },
  ];
}

/** Everything that is received over a connection of its own. */
function say(port: number, lines: readonly string[], body = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let all = "";
    socket
      .setEncoding("utf8")
      .on("data", (text) => {
        all += text;
      })
      .once("error", reject)
      .once("end", () => resolve(all));
    socket.write(`${[...lines, `content-length: ${body.length}`, "connection: close"].join("\r\n")}\r\n\r\n${body}`);
  });
}

function ask(port: number, { method, path, headers = {}, body }: Asked, host: string | undefined): Promise<string> {
  const named = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const version = host === undefined ? "1.0" : "1.1";
  const lines = [`${method} ${path} HTTP/${version}`, ...(host === undefined ? [] : [`host: ${host}`]), ...named];
  return say(port, lines, body);
}

const statusOf = (answer: string): number => Number(answer.split(" ")[1]);

async function tryAll(t: TestContext, cloud: Awake): Promise<void> {
  const key = inboxKey(cloud.environment);
  for (const { name, port, routes, open = () => false } of portsOf(cloud)) {
    const names = ["evil.example", `evil.example:${port}`, `localhost.evil.example:${port}`, `10.0.0.1:${port}`];
    const wrong = [...names, `localhost@evil.example:${port}`, "", undefined];
    const tally = new Map<number, number>();
    const seen = (answer: string): void => void tally.set(statusOf(answer), (tally.get(statusOf(answer)) ?? 0) + 1);
    for (const route of routes) {
      const what = `${name}: ${route.method} ${route.path} ${route.headers?.["x-amz-target"] ?? ""}`;
      for (const host of wrong) {
        // Also with the right secret, because a browser sends it along for a page at another name.
        const path = name === "the inbox" && route.path === "/" ? `/?key=${key}` : route.path;
        const answer = await ask(port, { ...route, path }, host);
        assert.equal(statusOf(answer), 421, `${what} as ${host}`);
        assert.doesNotMatch(answer, /set-cookie|access-control-allow/i, `${what} as ${host}`);
        assert.ok(!answer.includes(SECRET), `${what} as ${host}`);
        seen(answer);
      }
      const answer = await ask(port, route, `localhost:${port}`);
      seen(answer);
      if (open(route)) continue;
      assert.ok(!answer.includes(SECRET), what);
      if (route.method !== "OPTIONS")
        assert.ok(statusOf(answer) >= 400 && statusOf(answer) < 500, `${what}: ${answer}`);
    }
    t.diagnostic(
      `${name}: ${routes.length} routes, ${[...tally].map(([status, times]) => `${status} ${times} times`).join(", ")}`,
    );
  }
}
