/** The process of the local DynamoDB: dynoxide on an SQLite file, and the features that dynoxide lacks. */
import type { ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { json } from "node:stream/consumers";
import { endChild, exitOf, killOrphan, spawnGuarded } from "../../core/child-process.ts";
import { CommandError } from "../../core/command-error.ts";
import { connectTo, reachable } from "../../core/listen.ts";
import { spawnConfined } from "../../core/namespace.ts";
import type { RunningEngine } from "../../core/supervisor.ts";
import { dueItems, maintainStream, markDeletions } from "./dynoxide-file.ts";
import { createTableInput, missingIndexInputs, timeToLiveInput, ttlAttribute } from "./table.ts";

/**
 * `agent` makes the connections to it, whatever host the URL of a request names. Where the engine has no network of its
 * own, `url` works without the agent.
 */
export type DynamoDbEngine = RunningEngine & { url: string; agent: Agent };

export type DynamoDbEngineOptions = {
  program: string;
  file: string;
  pidFile: string;
  tableName: string;
  log: (line: string) => void;
  /**
   * Starts dynoxide in a network of its own, which only this process can reach, because dynoxide accepts any signature
   * and every origin. Where that is impossible, it listens at a loopback address that is hard to guess.
   */
  isolated: boolean;
};

const STREAM_HOURS = 24;
/** TTL never deletes items that have been due for longer ("Using time to live" in the DynamoDB guide). */
const SWEEP_YEARS = 5;
const START_TIMEOUT_MS = 10_000;
/** In a network of its own every port is free. */
const PORT_INSIDE = 8000;

/** Where npm installed dynoxide. Throws CommandError on systems for which there is no build of it. */
export function findDynoxide(project: string): string {
  const program = join(project, "node_modules", "@dynoxide", "linux-x64", "dynoxide");
  if (existsSync(program)) return program;
  throw new CommandError(
    "There is no local DynamoDB for this system. Start DynamoDB Local (or another) and name it in AWS_ENDPOINT_URL_DYNAMODB.",
  );
}

/**
 * Starts dynoxide and makes the table ready: created or extended as declared, due items deleted, old stream records
 * deleted.
 */
export async function startDynamoDb(options: DynamoDbEngineOptions): Promise<DynamoDbEngine> {
  const { file, pidFile, tableName, log } = options;
  mkdirSync(dirname(file), { recursive: true });
  mkdirSync(dirname(pidFile), { recursive: true });
  await endOrphan(pidFile, file);
  const { child, url, connect } = await spawnDynoxide(options);
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => log(text.trimEnd()));
  const exited = exitOf(child);
  if (child.pid) writeFileSync(pidFile, String(child.pid));
  const agent = agentOf(connect);
  void exited.then(() => {
    agent.destroy();
    rmSync(pidFile, { force: true });
  });
  const stop = (): Promise<void> => endChild(child, { graceMs: 1000 });
  const engine = { url, agent, pids: child.pid ? [child.pid] : [], exited, stop };
  try {
    await reachable(connect, exited, START_TIMEOUT_MS);
    await ensureTable(engine, tableName);
    maintainStream(file, seconds() - STREAM_HOURS * 3600);
    await sweep(engine, file, tableName);
    return engine;
  } catch (error) {
    await stop();
    throw error;
  }
}

type Started = { child: ChildProcess; url: string; connect: () => Promise<Socket> };

async function spawnDynoxide({ program, file, isolated, log }: DynamoDbEngineOptions): Promise<Started> {
  const host = isolated ? "127.0.0.1" : randomLoopbackHost();
  const port = isolated ? PORT_INSIDE : await freePort(host);
  const args = ["--host", host, "--port", String(port), "--db-path", file];
  const url = `http://${host}:${port}`;
  if (!isolated) return { child: spawnGuarded(program, args), url, connect: () => connectTo(host, port) };
  const { child, connect } = spawnConfined(program, args, { confinement: { connectsInside: true }, say: log });
  return { child, url, connect: () => connect(port) };
}

function agentOf(connect: () => Promise<Socket>): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  agent.createConnection = (_options, done) => {
    connect().then(
      (socket) => done?.(null, socket),
      // Guarantee: Node's types require a socket beside the error, but its agent does not use it.
      (error: Error) => done?.(error, undefined as unknown as Socket),
    );
    return undefined;
  };
  return agent;
}

async function endOrphan(pidFile: string, file: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, "utf8"));
  if (pid > 1) await killOrphan(pid, (line) => line.includes("dynoxide") && line.includes(file));
  rmSync(pidFile, { force: true });
}

/** Calls the engine directly: the call needs no signature and is not in the ledger. */
async function call<T>({ url, agent }: Reached, operation: string, input: object): Promise<T> {
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `DynamoDB_20120810.${operation}`,
    "x-amz-date": "20260101T000000Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=00",
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { agent, method: "POST", headers }, resolve).once("error", reject).end(JSON.stringify(input));
  });
  const output = (await json(response)) as T & { __type?: string; message?: string };
  if (response.statusCode !== 200)
    throw Object.assign(new Error(`${operation}: ${output.message}`), { name: output.__type?.split("#").at(-1) });
  return output;
}

type Reached = Pick<DynamoDbEngine, "url" | "agent">;
type Description = { Table: { GlobalSecondaryIndexes?: { IndexName: string }[] } };

async function ensureTable(engine: Reached, TableName: string): Promise<void> {
  const described = await call<Description>(engine, "DescribeTable", { TableName }).catch((error: Error) => {
    if (error.name === "ResourceNotFoundException") return undefined;
    throw error;
  });
  if (!described) {
    await call(engine, "CreateTable", createTableInput(TableName));
    await call(engine, "UpdateTimeToLive", timeToLiveInput(TableName));
    return;
  }
  const existing = (described.Table.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName);
  for (const input of missingIndexInputs(TableName, existing)) await call(engine, "UpdateTable", input);
}

/**
 * Deletes items that are due by TTL, up to the limit of one start; the next start continues. Free of charge, as on AWS.
 */
async function sweep(engine: Reached, file: string, TableName: string): Promise<void> {
  const now = seconds();
  const due = dueItems(file, TableName, ttlAttribute, now - SWEEP_YEARS * 365 * 24 * 3600, now);
  if (due.length === 0) return;
  markDeletions(file, true);
  try {
    for (const item of due) await forget(engine, TableName, item, now);
  } finally {
    markDeletions(file, false);
  }
}

const seconds = (): number => Math.floor(Date.now() / 1000);

async function forget(engine: Reached, TableName: string, item: Record<string, unknown>, now: number): Promise<void> {
  const keys = createTableInput(TableName).KeySchema.map(({ AttributeName }) => AttributeName);
  await call(engine, "DeleteItem", {
    TableName,
    Key: Object.fromEntries(keys.map((key) => [key, item[key]])),
    ConditionExpression: "#ttl <= :now",
    ExpressionAttributeNames: { "#ttl": ttlAttribute },
    ExpressionAttributeValues: { ":now": { N: String(now) } },
  }).catch((error: Error) => {
    // The item got another TTL or was deleted since it was read.
    if (error.name !== "ConditionalCheckFailedException") throw error;
  });
}

/** One of 16 million loopback addresses, chosen at random at each start: no web page can try them all. */
const randomLoopbackHost = (): string => ["127", ...[0, 0, 0].map(() => randomInt(2, 254))].join(".");

async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
