/** The local cloud for tests: a router in a process of its own, functions from source, and the SDK's clients. */

import { type ChildProcess, fork } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";
import { readStatus } from "../control.ts";
import { childEnvironment, exitOf } from "../core/child-process.ts";
import type { EngineStatus } from "../core/supervisor.ts";
import { awsVariables } from "../environment.ts";
import { loadEnvironment } from "../load-environment.ts";
import { freePorts } from "./temporary.ts";

const MAIN = fileURLToPath(new URL("cloud-main.ts", import.meta.url));

/**
 * In a handler's source `seen(value)` appends to what `seen(name)` reads here, and `calls()` is how often it was
 * called, over all instances.
 */
const PREAMBLE = (file: string): string => `
import { appendFileSync, readFileSync } from "node:fs";
const seen = (value) => appendFileSync(${JSON.stringify(file)}, JSON.stringify(value) + "\\n");
const calls = () => { try { return readFileSync(${JSON.stringify(file)}, "utf8").trim().split("\\n").length; } catch { return 0; } };
`;

export type TestCloud = Awaited<ReturnType<typeof startTestCloud>>;

export async function startTestCloud(
  t: TestContext,
  handlers: Record<string, string>,
  more: Record<string, string> = {},
) {
  // Removed once the cloud has ended, because it writes until then.
  const home = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  const folder = mkdtempSync(join(tmpdir(), "dormouse-test-"));
  const log = (name: string): string => join(folder, `${name}.jsonl`);
  for (const [name, source] of Object.entries(handlers)) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "index.mjs"), PREAMBLE(log(name)) + source);
  }
  const variables = childEnvironment({
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? "",
    DORMOUSE_HOME: home,
    PORT: String(await freePorts()),
    TEST_FUNCTIONS: folder,
    ...more,
  });
  const environment = loadEnvironment(home, variables);
  const { region, credentials, services } = environment;
  let said = "";
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const started = fork(MAIN, {
      env: variables,
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    await new Promise<void>((resolve, reject) => {
      started.once("message", () => resolve());
      started.once("exit", () => reject(new Error(`The cloud ended:\n${said}`)));
    });
  }

  /** Ends the router: normally, or at once by SIGKILL. */
  async function stop(how: "kill" | "gently" = "gently"): Promise<void> {
    const which = child;
    if (!which || which.exitCode !== null || which.signalCode !== null) return;
    if (how === "kill") which.kill("SIGKILL");
    else which.disconnect();
    await exitOf(which);
  }

  await start();
  const config = { region, credentials, maxAttempts: 3 };
  const shared = { ...config, endpoint: services.url };
  const clients = {
    lambda: new LambdaClient(shared),
    sqs: new SQSClient(shared),
    sfn: new SFNClient(shared),
    scheduler: new SchedulerClient(shared),
    dynamodb: new DynamoDBClient({ ...config, endpoint: environment.dynamodb.url }),
    s3: new S3Client({ ...config, endpoint: environment.s3.url, forcePathStyle: true }),
  };
  t.after(async () => {
    for (const client of Object.values(clients)) client.destroy();
    await stop();
    for (const one of [home, folder]) rmSync(one, { recursive: true, force: true, maxRetries: 5 });
    // The test runner prints it when a test of the file has failed.
    console.error(said);
  });
  return {
    ...clients,
    home,
    environment,
    resources: awsVariables(environment, childEnvironment({})),
    start,
    stop,
    pid: () => child?.pid ?? 0,
    said: () => said,
    /** What a function's handler has stored with `seen`, in order. */
    seen: (name: string): unknown[] =>
      existsSync(log(name))
        ? readFileSync(log(name), "utf8")
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => JSON.parse(line) as unknown)
        : [],
    async engines(): Promise<EngineStatus[]> {
      return (await readStatus(home))?.engines ?? [];
    },
    async engine(name: string): Promise<EngineStatus | undefined> {
      return (await readStatus(home))?.engines.find((engine) => engine.name === name);
    },
  };
}
