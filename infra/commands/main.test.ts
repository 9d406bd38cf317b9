import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { childEnvironment, commandLine, exitOf } from "../local/core/child-process.ts";
import { freePorts, temporaryDirectory } from "../local/testing/temporary.ts";
import { isAlive, until } from "../local/testing/until.ts";

const RUN = fileURLToPath(new URL("run.mjs", import.meta.url));
const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

type Settings = { home: string; port: number; more?: Record<string, string> };

function environment({ home, port, more = {} }: Settings): NodeJS.ProcessEnv {
  const rest = Object.entries(process.env).filter(
    ([name]) => !/^(npm_lifecycle_event|AWS_ENDPOINT_URL_.*)$/.test(name),
  );
  return childEnvironment({ ...Object.fromEntries(rest), DORMOUSE_HOME: home, PORT: String(port), ...more });
}

/** A command that ends by itself. Tests that only need its result call `main.ts` directly, which saves a process. */
function command(args: string[], settings: Settings, program = RUN) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--no-warnings", program, ...args], {
    env: environment(settings),
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

/** `npm run cloud` without npm; resolves when it is ready. */
async function cloud(
  t: TestContext,
  settings: Settings,
  [program = "", ...before]: readonly string[] = [process.execPath],
): Promise<{ child: ChildProcess; router: number; said: () => string }> {
  const child = spawn(program, [...before, RUN, "cloud"], {
    env: environment(settings),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  t.after(async () => {
    child.kill("SIGTERM");
    await exitOf(child);
  });
  await until("the cloud to be ready", () => said.includes("is ready") || child.exitCode !== null);
  assert.equal(child.exitCode, null, said);
  const { pid: router } = JSON.parse(command(["cloud", "ps", "--json"], settings, MAIN).stdout) as { pid: number };
  return { child, router, said: () => said };
}

function variables(settings: Settings): Record<string, string> {
  const { stdout } = command(["cloud", "env"], settings, MAIN);
  return Object.fromEntries(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

function client(settings: Settings): DynamoDBClient {
  const env = variables(settings);
  return new DynamoDBClient({
    endpoint: env.AWS_ENDPOINT_URL_DYNAMODB ?? "",
    region: env.AWS_REGION ?? "",
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "",
      sessionToken: env.AWS_SESSION_TOKEN ?? "",
    },
  });
}

const TableName = "dormouse-local-table";
const Item = { pk: { S: "a" }, sk: { S: "b" } };

async function settingsOf(t: TestContext, more: Record<string, string> = {}): Promise<Settings> {
  return { home: temporaryDirectory(t), port: await freePorts(), more };
}

test("unknown arguments are answered with the usage", async (t) => {
  const settings = await settingsOf(t);
  for (const args of [["dance"], ["cloud", "dance"], ["cloud", "ps", "--loud"], []]) {
    const { status, stderr } = command(args, settings);
    assert.equal(status, 2, args.join(" "));
    assert.match(stderr, /Usage:/);
  }
});

test("a port that is in use is named in one line, with what to do", async (t) => {
  const settings = await settingsOf(t);
  for (const taken of [1, 2, 3, 4, 5].map((more) => settings.port + more)) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(taken, "127.0.0.1", resolve));
    const { status, stderr } = command(["cloud"], settings);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(status, 1);
    assert.equal(stderr.trim().split("\n").length, 1);
    assert.match(stderr, new RegExp(`Port ${taken} is taken.*PORT=`));
  }
});

test("an invalid port is refused", async (t) => {
  const { status, stderr } = command(["cloud"], { home: temporaryDirectory(t), port: 99_999 });
  assert.equal(status, 1);
  assert.match(stderr, /PORT/);
});

test("two clouds can't share a home folder, and after kill -9 the folder is free again", async (t) => {
  const settings = await settingsOf(t);
  const { child, router } = await cloud(t, settings);
  const second = command(["cloud"], { ...settings, port: await freePorts() });
  assert.equal(second.status, 1);
  assert.match(second.stderr, /running already.*DORMOUSE_HOME/);
  process.kill(router, "SIGKILL");
  await exitOf(child);
  await cloud(t, settings);
});

test("the printed variables are enough for the SDK; they stay the same, and only the owner can read them", async (t) => {
  const settings = await settingsOf(t);
  const before = variables(settings);
  assert.match(command(["cloud", "env"], settings).stderr, /not running/);
  await cloud(t, settings);
  assert.deepEqual(variables(settings), before);
  assert.equal(before.AWS_REGION, "us-east-1");
  assert.match(before.AWS_ACCESS_KEY_ID ?? "", /^ASIA[A-Z2-7]{16}$/);
  assert.ok((before.AWS_SESSION_TOKEN ?? "").length >= 1000);
  assert.deepEqual(JSON.parse(before.SST_RESOURCE_Table ?? ""), { name: TableName });
  assert.deepEqual(JSON.parse(before.SST_RESOURCE_Mail ?? ""), { sender: "Dormouse <dormouse@localhost>" });
  for (const value of Object.values(before)) assert.doesNotMatch(value, /\s/, "a shell would split it");
  const keys = ["LinkKeys", "GrantKeys", "SignInKeys"].map(
    (name) => (JSON.parse(before[`SST_RESOURCE_${name}`] ?? "") as { value: string }).value,
  );
  for (const key of keys) assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(new Set(keys).size, 3, "each purpose has keys of its own");
  for (const file of ["credentials.json", "secrets.json"])
    assert.equal(statSync(join(settings.home, file)).mode & 0o777, 0o600);
  const dynamoDb = client(settings);
  await dynamoDb.send(new PutItemCommand({ TableName, Item }));
  dynamoDb.destroy();
});

test("ps shows which engines run", async (t) => {
  const settings = await settingsOf(t, { DORMOUSE_IDLE_SECONDS: "0.3" });
  assert.equal(command(["cloud", "ps"], settings).status, 1);
  await cloud(t, settings);
  const row = (): string =>
    command(["cloud", "ps"], settings)
      .stdout.split("\n")
      .find((line) => line.startsWith("dynamodb")) ?? "";
  assert.match(row(), /^dynamodb +asleep +- +- +0 +-$/);
  const dynamoDb = client(settings);
  await dynamoDb.send(new GetItemCommand({ TableName, Key: Item }));
  dynamoDb.destroy();
  assert.match(row(), /^dynamodb +(awake|stopping|asleep)/);
  await until("asleep", () => /^dynamodb +asleep/.test(row()));
});

test("sign-in prints a new link each time", async (t) => {
  const settings = await settingsOf(t);
  const links = [1, 2].map(() => command(["cloud", "sign-in"], settings).stdout.trim());
  assert.notEqual(links[0], links[1]);
  for (const link of links) assert.match(link, new RegExp(`^http://localhost:${settings.port}/welcome/[\\w-]+$`));
});

for (const [name, kill] of [
  ["SIGTERM to run.mjs", ({ run }) => process.kill(run, "SIGTERM")],
  ["SIGINT to run.mjs", ({ run }) => process.kill(run, "SIGINT")],
  ["kill -9 of run.mjs", ({ run }) => process.kill(run, "SIGKILL")],
  ["kill -9 of the router", ({ router }) => process.kill(router, "SIGKILL")],
] satisfies [string, (pids: { run: number; router: number }) => void][]) {
  test(`${name} ends every process, and what was written is there at the next start`, async (t) => {
    const settings = await settingsOf(t);
    const { child, router } = await cloud(t, settings);
    const first = client(settings);
    await first.send(new PutItemCommand({ TableName, Item }));
    first.destroy();
    const status = JSON.parse(command(["cloud", "ps", "--json"], settings, MAIN).stdout) as {
      engines: { name: string; pids: number[] }[];
    };
    const [engine = 0] = status.engines.find(({ name }) => name === "dynamodb")?.pids ?? [];
    assert.match(commandLine(engine), /dynoxide/);
    kill({ run: child.pid ?? 0, router });
    await until(
      "every process to end",
      () => ![child.pid ?? 0, router, engine].some((pid) => isAlive(pid) && commandLine(pid) !== ""),
    );
    await cloud(t, settings);
    const second = client(settings);
    assert.deepEqual((await second.send(new GetItemCommand({ TableName, Key: Item }))).Item, Item);
    second.destroy();
  });
}

test("if the system permits no namespaces, the cloud says so, and works", async (t) => {
  // Inside a namespace, its own limit counts the namespaces in it.
  const none = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"';
  const inside = ["/usr/bin/unshare", "--user", "--map-root-user", "/bin/sh", "-c", none, "sh", process.execPath];
  const settings = await settingsOf(t);
  const { said } = await cloud(t, settings, inside);
  assert.match(
    said(),
    /Note: this system lets no program have a network of its own \(.*namespaces.*\)\. The local DynamoDB/,
  );
  const dynamoDb = client(settings);
  await dynamoDb.send(new PutItemCommand({ TableName, Item }));
  dynamoDb.destroy();
});

test("an endpoint that the user names is used as it is, and its engine's port stays closed", async (t) => {
  const theirs = await settingsOf(t);
  await cloud(t, theirs);
  const env = variables(theirs);
  const mine = await settingsOf(t, {
    AWS_ENDPOINT_URL_DYNAMODB: env.AWS_ENDPOINT_URL_DYNAMODB ?? "",
    AWS_ACCESS_KEY_ID: env.AWS_ACCESS_KEY_ID ?? "",
    AWS_SECRET_ACCESS_KEY: env.AWS_SECRET_ACCESS_KEY ?? "",
    AWS_SESSION_TOKEN: env.AWS_SESSION_TOKEN ?? "",
  });
  await cloud(t, mine);
  const chosen = variables(mine);
  assert.equal(chosen.AWS_ENDPOINT_URL_DYNAMODB, env.AWS_ENDPOINT_URL_DYNAMODB);
  assert.equal(chosen.AWS_ACCESS_KEY_ID, env.AWS_ACCESS_KEY_ID);
  const refused = await new Promise<string | undefined>((resolve) => {
    const outgoing = request({ host: "127.0.0.1", port: mine.port + 2 }, () => resolve(undefined));
    outgoing.once("error", (error: NodeJS.ErrnoException) => resolve(error.code)).end();
  });
  assert.equal(refused, "ECONNREFUSED");
});

test("an endpoint that can't be reached or refuses is named", async (t) => {
  const closed = await settingsOf(t, { AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${await freePorts(1)}` });
  const unreachable = command(["cloud"], closed);
  assert.equal(unreachable.status, 1);
  assert.match(unreachable.stderr, /DynamoDB at http:\/\/127\.0\.0\.1:\d+ can't be used/);
  const theirs = await settingsOf(t);
  await cloud(t, theirs);
  const stranger = await settingsOf(t, {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${theirs.port + 2}`,
    AWS_ACCESS_KEY_ID: "AKIASTRANGER",
    AWS_SECRET_ACCESS_KEY: "secret",
  });
  assert.match(command(["cloud"], stranger).stderr, /can't be used: UnrecognizedClientException/);
});

test("the printed variables may be exported into the shell that starts it", async (t) => {
  const settings = await settingsOf(t);
  const { AWS_ENDPOINT_URL_S3 = "", AWS_ENDPOINT_URL_DYNAMODB = "" } = variables(settings);
  const { said } = await cloud(t, { ...settings, more: { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_DYNAMODB } });
  assert.match(said(), /ready/);
  assert.doesNotMatch(said(), /Note/);
});

test("a home folder whose path is too long for a socket still has its control socket", async (t) => {
  const home = join(temporaryDirectory(t), "x".repeat(120));
  mkdirSync(home);
  writeFileSync(join(home, "a file of somebody's"), "");
  await cloud(t, { home, port: await freePorts() });
});
