/** An attacker's code in the place of a parser: what it can reach on this machine. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { ECSClient, RunTaskCommand } from "@aws-sdk/client-ecs";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { stateMachineArn } from "./core/arns.ts";
import { commandLine } from "./core/child-process.ts";
import { programFolders } from "./core/isolation.ts";
import { apiPort, DERIVED_BUCKET, inboxPort, STATE_MACHINE, TABLE_NAME, UPLOADS_BUCKET } from "./environment.ts";
import { credentialsOf } from "./roles.ts";
import { CLUSTER } from "./services/ecs/api.ts";
import { startTestCloud, type TestCloud } from "./testing/cloud.ts";
import { familyOf } from "./testing/sockets.ts";
import { temporaryDirectory } from "./testing/temporary.ts";
import { isAlive, until } from "./testing/until.ts";

/** The folder of a package of the SDK. */
const SDK = (name: string): string => createRequire(import.meta.url).resolve(`@aws-sdk/${name}`);
const SECRET = "what is not for a parser";
const PROJECT = resolve(import.meta.dirname, "../..");

/** Tries everything that it is told to try, and answers how each attempt ended. */
const ATTACK = `
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { spawnSync } from "node:child_process";
const tried = (work) => { try { return work(); } catch (error) { return error.code ?? String(error); } };
const reach = (to) => new Promise((resolve) => {
  const socket = connect(to, () => { socket.destroy(); resolve("reached"); });
  socket.once("error", (error) => resolve(error.code));
});
const each = async (all, work) =>
  Object.fromEntries(await Promise.all(Object.entries(all).map(async ([name, one]) => [name, await work(one)])));
const processes = () => readdirSync("/proc").filter((name) => /^\\d+$/.test(name)).map((pid) => ({
  pid,
  command: tried(() => readFileSync(\`/proc/\${pid}/cmdline\`, "utf8")),
  environ: tried(() => readFileSync(\`/proc/\${pid}/environ\`, "utf8")),
  memory: tried(() => (readFileSync(\`/proc/\${pid}/mem\`), "read")),
}));
export const handler = async ({ hosts, sockets, files, writes, get, put }) => ({
  hosts: await each(hosts, reach),
  sockets: await each(sockets, (path) => reach({ path })),
  files: await each(files, (path) =>
    tried(() => (statSync(path).isDirectory() ? readdirSync(path).join() : readFileSync(path, "utf8")))),
  writes: await each(writes, (path) => tried(() => (writeFileSync(path, "x"), "written"))),
  processes: processes(),
  environment: process.env,
  rights: tried(() => readFileSync("/proc/self/status", "utf8")).split("\\n").filter((line) => /^(Cap|NoNewPrivs)/.test(line)).join(),
  raised: spawnSync("/bin/mount", ["-t", "tmpfs", "none", "/tmp"]).status,
  got: await fetch(get).then((answer) => answer.text()),
  put: await fetch(put, { method: "PUT", body: "a rendition" }).then((answer) => answer.status),
  listed: await fetch(new URL("/", get)).then((answer) => answer.status),
});
`;

type Found = Record<"hosts" | "sockets" | "files" | "writes" | "environment", Record<string, string>> & {
  processes: { pid: string; command: string; environ: string; memory: string }[];
  rights: string;
  raised: number | null;
  got: string;
  put: number;
  listed: number;
  /** In a container: how the services answered. */
  asked?: Record<string, string>;
};

async function listener(t: TestContext, host: string): Promise<{ host: string; port: number }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((listening) => server.listen(0, host, listening));
  t.after(() => server.close());
  return { host, port: (server.address() as AddressInfo).port };
}

/** In a container: the same, with the list from a signed URL, and also what its own credentials allow. */
const ATTACK_IN_CONTAINER = `
import { readFileSync } from "node:fs";
${ATTACK}
import { InvokeCommand, LambdaClient } from ${JSON.stringify(SDK("client-lambda"))};
import { SFNClient, StartExecutionCommand, SendTaskHeartbeatCommand } from ${JSON.stringify(SDK("client-sfn"))};
const { report, arn, ...event } = JSON.parse(process.env.TASK_INPUT);
const once = { maxAttempts: 1 };
const [lambda, sfn] = [new LambdaClient(once), new SFNClient(once)];
const ask = (work) => work.then(() => "done", (error) => error.name);
const invoke = (FunctionName) => ask(lambda.send(new InvokeCommand({ FunctionName, Payload: "{}" })));
const asked = {
  broker: await invoke("broker"),
  sweep: await invoke("sweep"),
  inspect: await invoke("inspect"),
  run: await ask(sfn.send(new StartExecutionCommand({ stateMachineArn: arn, input: "{}" }))),
  beat: await ask(sfn.send(new SendTaskHeartbeatCommand({ taskToken: "another's" }))),
};
await fetch(report, { method: "PUT", body: JSON.stringify({ ...(await handler(event)), asked }) });
`;

/** A cloud with an attacker in it, the list of what it tries, and a function that signs URLs for it. */
async function plant(t: TestContext, handlers: Record<string, string>, more: Record<string, string> = {}) {
  const userHome = temporaryDirectory(t);
  mkdirSync(join(userHome, ".aws"));
  writeFileSync(join(userHome, ".aws", "credentials"), SECRET);
  const note = join(temporaryDirectory(t), "of another program.txt");
  writeFileSync(note, SECRET);
  const cloud = await startTestCloud(t, handlers, { HOME: userHome, ROUTERS_OWN: SECRET, ...more });
  const { environment, home, s3, dynamodb } = cloud;
  const Item = { pk: { S: "a" }, sk: { S: "b" }, text: { S: SECRET } };
  await dynamodb.send(new PutItemCommand({ TableName: TABLE_NAME, Item }));
  await s3.send(new PutObjectCommand({ Bucket: UPLOADS_BUCKET, Key: "picture", Body: "its bytes" }));
  const signer = new S3Client({
    region: environment.region,
    credentials: environment.credentials,
    endpoint: environment.s3.url,
    forcePathStyle: true,
    // Otherwise the URL would contain the checksum of an empty body.
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  const event = {
    hosts: {
      app: { host: "127.0.0.1", port: environment.port },
      dynamodb: { host: "127.0.0.1", port: environment.dynamodb.port },
      services: { host: "127.0.0.1", port: environment.services.port },
      inbox: { host: "127.0.0.1", port: inboxPort(environment) },
      api: { host: "127.0.0.1", port: apiPort(environment) },
      engine: { host: "127.0.0.1", port: 8000 },
      neighbour: await listener(t, "127.0.0.1"),
      "another address": await listener(t, "127.9.9.9"),
      "the address of S3 by IPv6": { host: "::1", port: environment.s3.port },
      internet: { host: "192.0.2.1", port: 443 },
    },
    sockets: { control: join(home, "run", "control.sock"), docker: "/var/run/docker.sock" },
    files: {
      credentials: join(home, "credentials.json"),
      secrets: join(home, "secrets.json"),
      table: join(home, "data", "dynamodb.sqlite"),
      uploads: join(home, "data"),
      home,
      "the user's home": userHome,
      "the user's credentials": join(userHome, ".aws", "credentials"),
      "another's temporary file": note,
      shadow: "/etc/shadow",
      "the router's sources": join(PROJECT, "infra", "local", "cloud.ts"),
      settings: "/sys/kernel",
    },
    writes: {
      system: "/usr/local/planted",
      root: "/planted",
      packages: join(PROJECT, "node_modules", "planted"),
      kernel: "/proc/sys/kernel/core_pattern",
      temporary: "/tmp/its own",
    },
    get: await getSignedUrl(signer, new GetObjectCommand({ Bucket: UPLOADS_BUCKET, Key: "picture" })),
    put: await getSignedUrl(signer, new PutObjectCommand({ Bucket: DERIVED_BUCKET, Key: "rendition" })),
  };
  t.after(() => signer.destroy());
  return { cloud, event, Item, signer };
}

/** No attempt has succeeded, except on its own file and its own rendition. */
async function requireNothingFound(t: TestContext, text: string, { s3 }: TestCloud): Promise<Found> {
  const found = JSON.parse(text) as Found;
  assert.equal(found.got, "its bytes");
  assert.equal(found.put, 200);
  assert.equal(found.listed, 403);
  const rendition = await s3.send(new GetObjectCommand({ Bucket: DERIVED_BUCKET, Key: "rendition" }));
  assert.equal(await rendition.Body?.transformToString(), "a rendition");

  assert.ok(!text.includes(SECRET));
  for (const [name, how] of Object.entries(found.hosts)) assert.match(how, /^(ECONNREFUSED|ENETUNREACH)$/, name);
  assert.deepEqual(new Set(Object.values(found.sockets)), new Set(["ENOENT"]));
  for (const [name, how] of Object.entries(found.files)) assert.equal(how, "ENOENT", name);
  const { temporary, ...elsewhere } = found.writes;
  assert.equal(temporary, "written");
  for (const [name, how] of Object.entries(elsewhere)) assert.match(how, /^(EROFS|EACCES|ENOENT)$/, name);
  assert.ok(found.processes.length <= 2, JSON.stringify(found.processes));
  for (const { command, memory } of found.processes) {
    assert.doesNotMatch(command, /cloud-main|dynoxide/);
    assert.notEqual(memory, "read");
  }
  assert.match(found.rights, /CapPrm:\s0+,CapEff:\s0+,.*NoNewPrivs:\s1/);
  assert.notEqual(found.raised, 0);
  t.diagnostic(
    `${Object.keys(found.hosts).length} addresses, ${Object.keys(found.sockets).length} sockets, ${Object.keys(found.files).length} files and ${Object.keys(elsewhere).length} places to write were tried: 0 reached, 0 read, 0 written; ${found.processes.length} processes seen, its own`,
  );
  return found;
}

test("a parser that an attacker controls reaches its own files in S3, and nothing else", async (t) => {
  const { cloud, event, Item } = await plant(t, { inspect: ATTACK }, { TEST_ISOLATED: "inspect" });
  const { environment, lambda } = cloud;
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: "inspect", Payload: JSON.stringify(event) }),
  );
  const text = Buffer.from(Payload ?? []).toString();
  assert.equal(FunctionError, undefined, text);
  const found = await requireNothingFound(t, text, cloud);
  for (const name of Object.keys(found.environment))
    assert.doesNotMatch(name, /SECRET|TOKEN|ACCESS_KEY|ENDPOINT|^SST_|ROUTERS_OWN/);

  const { region } = environment;
  const credentials = credentialsOf(environment, "inspect");
  const table = new DynamoDBClient({ region, credentials, endpoint: environment.dynamodb.url, maxAttempts: 1 });
  const bucket = new S3Client({ region, credentials, endpoint: environment.s3.url, forcePathStyle: true });
  t.after(() => [table, bucket].map((client) => client.destroy()));
  await assert.rejects(table.send(new GetItemCommand({ TableName: TABLE_NAME, Key: { pk: Item.pk, sk: Item.sk } })), {
    name: "UnrecognizedClientException",
  });
  await assert.rejects(bucket.send(new GetObjectCommand({ Bucket: UPLOADS_BUCKET, Key: "picture" })), {
    name: "InvalidAccessKeyId",
  });
  const [pid = 0] = (await cloud.engine("inspect"))?.pids ?? [];
  const family = familyOf(pid).filter((one) => commandLine(one) !== "");
  assert.ok(family.length >= 3);
  await cloud.stop("kill");
  await until("all of it to end with the router", () => !family.some((one) => isAlive(one) && commandLine(one) !== ""));
});

test("a container that an attacker controls may also call the broker, and nothing else", async (t) => {
  const program = join(temporaryDirectory(t), "scan.mjs");
  writeFileSync(program, ATTACK_IN_CONTAINER);
  const { cloud, event, signer } = await plant(
    t,
    { broker: "export const handler = () => 1;" },
    { TEST_SCAN: program },
  );
  const { environment, s3 } = cloud;
  const { services, ...hosts } = event.hosts;
  const report = await getSignedUrl(signer, new PutObjectCommand({ Bucket: DERIVED_BUCKET, Key: "report" }));
  const arn = stateMachineArn(environment.region, STATE_MACHINE);
  const given = JSON.stringify({ ...event, hosts, report, arn });
  const { region, credentials } = environment;
  const ecs = new ECSClient({ region, credentials, endpoint: environment.services.url });
  t.after(() => ecs.destroy());
  const overrides = { containerOverrides: [{ name: "scan", environment: [{ name: "TASK_INPUT", value: given }] }] };
  await ecs.send(new RunTaskCommand({ cluster: CLUSTER, taskDefinition: "scan", launchType: "FARGATE", overrides }));
  let text: string | undefined;
  await until("the report", async () => {
    const told = await s3.send(new GetObjectCommand({ Bucket: DERIVED_BUCKET, Key: "report" })).catch(() => undefined);
    text = await told?.Body?.transformToString();
    return text !== undefined;
  });
  const found = await requireNothingFound(t, text ?? "", cloud);
  const { sweep, inspect, run, broker, beat } = found.asked ?? {};
  assert.equal(broker, "done");
  assert.match(beat ?? "", /^(InvalidToken|TaskDoesNotExist|TaskTimedOut)$/);
  assert.deepEqual(new Set([sweep, inspect, run]), new Set(["AccessDeniedException"]));
  assert.deepEqual(
    Object.keys(found.environment)
      .filter((name) => /SECRET|TOKEN|ENDPOINT|^SST_|ROUTERS_OWN/.test(name))
      .sort(),
    [
      ...["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SFN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
      "SST_RESOURCE_Broker",
    ],
  );
});

test("an isolated program sees folders of programs, but none that contains a home folder", () => {
  const home = "/data/cloud";
  const path = ["/usr/bin", "/data", "relative", "/", "/data/cloud", "/data/clouds", "/opt/ffmpeg"].join(":");
  assert.deepEqual(
    programFolders({ home }, path).filter((folder) => path.includes(folder)),
    ["/usr/bin", "/data/clouds", "/opt/ffmpeg"],
  );
});
