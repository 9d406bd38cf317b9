/**
 * kill -9 of the router in the middle of an execution: finished states are not run again, and the others continue by
 * themselves.
 */
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import {
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { exitOf } from "../../core/child-process.ts";
import { CREDENTIALS } from "../../testing/s3.ts";
import { lambda, MACHINE_ARN } from "../../testing/states.ts";
import type { StatesMainConfig } from "../../testing/states-main.ts";
import { freePorts, temporaryDirectory } from "../../testing/temporary.ts";
import { isAlive, until } from "../../testing/until.ts";
import { clusterArn, taskDefinitionArn } from "../ecs/api.ts";
import { RUN_TASK } from "./machine.ts";

const MAIN = fileURLToPath(new URL("../../testing/states-main.ts", import.meta.url));
const PROJECT = resolve(import.meta.dirname, "../../../..");
const REGION = "us-east-1";
const task = (name: string, more: object) => ({ Type: "Task", Resource: lambda(name), ...more });

const DEFINITION = {
  StartAt: "Check",
  TimeoutSeconds: 3600,
  States: {
    Check: task("check", { ResultPath: "$.plan", Next: "Each" }),
    Each: {
      Type: "Map",
      ItemsPath: "$.items",
      MaxConcurrency: 2,
      ItemProcessor: { StartAt: "Work", States: { Work: task("pictures", { End: true }) } },
      ResultPath: "$.worked",
      Next: "Scan",
    },
    Scan: {
      Type: "Task",
      Resource: RUN_TASK,
      Parameters: {
        Cluster: clusterArn(REGION),
        TaskDefinition: taskDefinitionArn(REGION, "scan"),
        LaunchType: "FARGATE",
        Overrides: {
          ContainerOverrides: [{ Name: "scan", Environment: [{ Name: "TASK_TOKEN", "Value.$": "$$.Task.Token" }] }],
        },
      },
      // Longer than a kill and a start take on a slow machine: the second container must still be running then.
      HeartbeatSeconds: 10,
      Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 5, BackoffRate: 1 }],
      ResultPath: "$.scanned",
      Next: "Finish",
    },
    Finish: task("finish", { ResultPath: null, End: true }),
  },
};

/** Stores its token and then hangs, like a container that hangs. */
const CONTAINER = `
import { appendFileSync } from "node:fs";
appendFileSync(process.env.TEST_FOLDER + "/containers.jsonl", JSON.stringify({ pid: process.pid, token: process.env.TASK_TOKEN }) + "\\n");
setInterval(() => undefined, 1000);
`;

test("an execution survives three kills of everything", async (t) => {
  const folder = temporaryDirectory(t);
  writeFileSync(join(folder, "container.ts"), CONTAINER);
  const port = await freePorts(1);
  const config: StatesMainConfig = {
    folder,
    port,
    project: PROJECT,
    region: REGION,
    definition: DEFINITION,
    tasks: { scan: { entry: join(folder, "container.ts"), image: "", cpu: 1024, memoryMb: 512 } },
  };
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const started = fork(MAIN, {
      env: { ...process.env, TEST_STATES: JSON.stringify(config) },
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child = started;
    await new Promise<void>((ready, failed) => {
      started.once("message", () => ready());
      started.once("exit", () => failed(new Error("The process ended")));
    });
  };
  const kill = async (): Promise<void> => {
    child?.kill("SIGKILL");
    if (child) await exitOf(child);
  };
  const settings = { endpoint: `http://127.0.0.1:${port}`, region: REGION, credentials: CREDENTIALS };
  const client = new SFNClient(settings);
  const ecs = new ECSClient(settings);
  t.after(async () => {
    client.destroy();
    ecs.destroy();
    await kill();
  });
  // Only lines with an end: the file may be read before its first line is complete.
  const lines = <T>(file: string): T[] =>
    existsSync(join(folder, file))
      ? readFileSync(join(folder, file), "utf8")
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line) as T)
      : [];
  const called = (name: string) => lines<[string, unknown]>("calls.jsonl").filter(([one]) => one === name);
  const containers = () => lines<{ pid: number; token: string }>("containers.jsonl");
  const hang = (name: string) => writeFileSync(join(folder, `${name}.hangs`), "");
  const letGo = (name: string) => rmSync(join(folder, `${name}.hangs`));

  await start();
  hang("check");
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn: MACHINE_ARN, name: "t-1-1", input: '{"items":["a","b","c"]}' }),
  );
  await until("the first step to be under way", () => called("check").length === 1);
  await kill();

  hang("pictures");
  letGo("check");
  await start();
  await until("two items to be under way", () => called("pictures").length === 2);
  assert.equal(called("check").length, 2, "what was under way is tried again");
  await kill();

  letGo("pictures");
  await start();
  await until("the container to run", () => containers().length === 1);
  assert.deepEqual(
    called("pictures")
      .map(([, item]) => item)
      .sort(),
    ["a", "a", "b", "b", "c"],
  );
  const [first] = containers();
  await kill();
  await until("the container to be gone with the router", () => !isAlive(first?.pid ?? 0));

  await start();
  assert.deepEqual((await ecs.send(new ListTasksCommand({ cluster: clusterArn(REGION) }))).taskArns, []);
  await until("silence to be noticed, and another container to be started", () => containers().length === 2);
  await kill();

  // A token is valid after a restart, so its holder may still report.
  await start();
  await client.send(new SendTaskSuccessCommand({ taskToken: containers()[1]?.token, output: '{"clean":3}' }));
  const describe = () => client.send(new DescribeExecutionCommand({ executionArn }));
  await until("the end", async () => (await describe()).status !== "RUNNING");
  const { status, output } = await describe();
  const input = { items: ["a", "b", "c"] };
  assert.deepEqual(
    [status, JSON.parse(output ?? "")],
    ["SUCCEEDED", { ...input, plan: input, worked: ["a", "b", "c"], scanned: { clean: 3 } }],
  );
  assert.equal(called("check").length, 2, "a step that ended is not run again");
  assert.equal(called("pictures").length, 5);
  assert.equal(called("finish").length, 1);
  const day = `${new Date().toISOString().slice(0, 10)}.jsonl`;
  const ledger = lines<{ service: string; units: Record<string, number> }>(join("ledger", day));
  assert.deepEqual(
    ledger.filter(({ service }) => service === "states").map(({ units }) => units),
    [{ transitions: 8 }],
    "four states, three items, one retry; nothing more for the kills",
  );
  assert.deepEqual(
    ledger.filter(({ service }) => service === "ecs").map(({ units }) => units),
    Array.from({ length: 2 }, () => ({ seconds: 60, vcpuSeconds: 60, gbSeconds: 30 })),
    "tasks that died with the router are billed",
  );
});
