import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import {
  ClientException,
  ClusterNotFoundException,
  DescribeTasksCommand,
  ECSClient,
  InvalidParameterException,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { ServiceError } from "../../core/aws-service.ts";
import type { LedgerEntry } from "../../core/ledger.ts";
import { createServicesFront } from "../../front.ts";
import { manualClock } from "../../testing/clock.ts";
import { CREDENTIALS } from "../../testing/s3.ts";
import { temporaryDirectory } from "../../testing/temporary.ts";
import { isAlive, until } from "../../testing/until.ts";
import { CLUSTER, clusterArn, taskDefinitionArn } from "./api.ts";
import { createEcs } from "./ecs.ts";

const REGION = "us-east-1";
const PROJECT = resolve(import.meta.dirname, "../../../..");

/** ECS with one task definition that runs the given program. */
async function startEcs(
  t: TestContext,
  program: string,
  memoryMb = 512,
  more: Pick<Parameters<typeof createEcs>[0], "clock" | "limits" | "isolation"> = {},
) {
  const folder = temporaryDirectory(t);
  writeFileSync(join(folder, "task.ts"), program);
  const ledger: LedgerEntry[] = [];
  const logged: string[] = [];
  const ecs = createEcs({
    file: join(folder, "tasks.sqlite"),
    project: PROJECT,
    declarations: {
      scan: {
        entry: join(folder, "task.ts"),
        image: "",
        cpu: 2048,
        memoryMb,
        ...(more.isolation ? { isolated: true } : {}),
      },
    },
    environment: {
      PATH: process.env.PATH ?? "",
      GIVEN: "to all",
      COLOUR: "grey",
      AWS_ENDPOINT_URL_SFN: "http://127.0.0.1:3003",
      AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:3002",
      SST_RESOURCE_LinkKeys: "secret",
    },
    region: REGION,
    ledger: (entry) => void ledger.push(entry),
    log: (_, line) => void logged.push(line),
    times: { watchMs: 20, graceMs: 300 },
    ...more,
  });
  const server = createServicesFront({ services: [ecs], credentials: CREDENTIALS, region: REGION });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const client = new ECSClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: REGION,
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= ecs.close();
    return closing;
  };
  t.after(async () => {
    client.destroy();
    server.close();
    await close();
  });
  const run = async (more: Partial<RunTaskCommandInput> = {}): Promise<string> => {
    const { tasks } = await client.send(
      new RunTaskCommand({ cluster: CLUSTER, taskDefinition: "scan", launchType: "FARGATE", ...more }),
    );
    return tasks?.[0]?.taskArn ?? "";
  };
  const describe = async (taskArn: string) => {
    const { tasks } = await client.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [taskArn] }));
    return tasks?.[0];
  };
  const stopped = async (taskArn: string) => {
    await until("the task to stop", async () => (await describe(taskArn))?.lastStatus === "STOPPED");
    return describe(taskArn);
  };
  return { ecs, client, ledger, logged, run, describe, stopped, close, folder };
}

test("a task runs from source with the variables of its overrides, and is billed for a minute at least", async (t) => {
  const program = `
    const args: string[] = [process.env.GIVEN, process.env.COLOUR, process.env.HOME ?? "no home"].map(String);
    console.log(args.join(", "));
    process.exitCode = 3;
  `;
  const { run, stopped, logged, ledger, client } = await startEcs(t, program);
  const taskArn = await run({
    taskDefinition: taskDefinitionArn(REGION, "scan"),
    cluster: clusterArn(REGION),
    startedBy: "a test",
    overrides: { containerOverrides: [{ name: "scan", environment: [{ name: "COLOUR", value: "hazel" }] }] },
  });
  assert.match(taskArn, /^arn:aws:ecs:us-east-1:000000000000:task\/dormouse-local\/[0-9a-f]{32}$/);
  const task = await stopped(taskArn);
  assert.deepEqual(
    [task?.stopCode, task?.stoppedReason, task?.containers?.[0]?.exitCode, task?.containers?.[0]?.name],
    ["EssentialContainerExited", "Essential container in task exited", 3, "scan"],
  );
  assert.equal(logged[0], "to all, hazel, no home");
  assert.deepEqual(
    ledger.map(({ service, resource, units }) => ({ service, resource, units })),
    [{ service: "ecs", resource: "scan", units: { seconds: 60, vcpuSeconds: 120, gbSeconds: 30 } }],
  );
  const list = async (desiredStatus: "RUNNING" | "STOPPED") =>
    (await client.send(new ListTasksCommand({ cluster: CLUSTER, desiredStatus }))).taskArns;
  assert.deepEqual([await list("RUNNING"), await list("STOPPED")], [[], [taskArn]]);
});

test("a task that uses more memory than it has is killed, with the programs that it started", async (t) => {
  const program = `
    import { spawn } from "node:child_process";
    const greedy = "const all = []; setInterval(() => all.push(Buffer.alloc(32 << 20, 1)), 10)";
    const child = spawn(process.execPath, ["-e", greedy]);
    console.log(child.pid);
    setInterval(() => undefined, 1000);
  `;
  const { run, stopped, logged } = await startEcs(t, program, 256);
  const task = await stopped(await run());
  const [container] = task?.containers ?? [];
  assert.equal(container?.exitCode, 137);
  assert.match(container?.reason ?? "", /^OutOfMemoryError/);
  await until("its child to be gone", () => !isAlive(Number(logged[0])));
});

test("a stopped task may end by itself, and is killed when it does not", async (t) => {
  const program = `
    process.on("SIGTERM", () => console.log("no"));
    console.log("ready");
    setInterval(() => undefined, 1000);
  `;
  const { run, stopped, describe, logged, client } = await startEcs(t, program);
  const taskArn = await run();
  await until("the task to run", () => logged.includes("ready"));
  assert.equal((await describe(taskArn))?.lastStatus, "RUNNING");
  await client.send(new StopTaskCommand({ cluster: CLUSTER, task: taskArn, reason: "no longer needed" }));
  const task = await stopped(taskArn);
  assert.ok(logged.includes("no"), "it was asked first");
  assert.deepEqual(
    [task?.stopCode, task?.stoppedReason, task?.containers?.[0]?.exitCode],
    ["UserInitiated", "no longer needed", 137],
  );
});

test("tasks end with the router, and the next router lists them as stopped", async (t) => {
  const { run, ecs, logged, close, ledger } = await startEcs(
    t,
    'console.log("ready"); setInterval(() => undefined, 1000);',
  );
  await run();
  await until("the task to run", () => logged.includes("ready"));
  const [{ pids = [], inFlight } = {}] = ecs.status();
  assert.deepEqual([pids.length, inFlight], [1, 1]);
  await close();
  assert.ok(pids.every((pid) => !isAlive(pid)));
  assert.equal(ledger.length, 1);
});

test("the state machine may start tasks with field names in Pascal case, and gets answers with such names", async (t) => {
  const { ecs, logged } = await startEcs(t, "console.log(process.env.TASK_INPUT)");
  const output = await ecs.runTask({
    Cluster: clusterArn(REGION),
    TaskDefinition: taskDefinitionArn(REGION, "scan"),
    LaunchType: "FARGATE",
    EnableExecuteCommand: false,
    NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ["subnet-1"], AssignPublicIp: "ENABLED" } },
    Overrides: { ContainerOverrides: [{ Name: "scan", Environment: [{ Name: "TASK_INPUT", Value: '{"wave":1}' }] }] },
  });
  const { Tasks, Failures } = output as { Tasks: { StartedBy: string; LastStatus: string }[]; Failures: unknown[] };
  assert.deepEqual([Tasks[0]?.StartedBy, Tasks[0]?.LastStatus, Failures], ["AWS Step Functions", "RUNNING", []]);
  await until("its input", () => logged.includes('{"wave":1}'));
  await assert.rejects(
    ecs.runTask({ Cluster: CLUSTER, TaskDefinition: "scan", LaunchType: "EC2" }),
    (error: Error) => error instanceof ServiceError && error.code === "InvalidParameterException",
  );
});

test("a repeated request starts its task once", async (t) => {
  const { run, stopped } = await startEcs(t, "");
  const taskArn = await run({ clientToken: "one" });
  assert.equal(await run({ clientToken: "one" }), taskArn);
  await stopped(taskArn);
  assert.equal(await run({ clientToken: "one" }), taskArn);
  assert.notEqual(await run({ clientToken: "two" }), taskArn);
});

test("ECS's own errors are answered", async (t) => {
  const { run, client } = await startEcs(t, "");
  await assert.rejects(run({ cluster: "other" }), ClusterNotFoundException);
  await assert.rejects(run({ taskDefinition: "other" }), ClientException);
  await assert.rejects(run({ taskDefinition: "scan:2" }), ClientException);
  const overrides = (name: string, value: string) => ({
    overrides: { containerOverrides: [{ name, environment: [{ name: "X", value }] }] },
  });
  await assert.rejects(run(overrides("other", "")), InvalidParameterException);
  await assert.rejects(run(overrides("scan", "x".repeat(8192))), InvalidParameterException);
  const { failures } = await client.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: ["0".repeat(32)] }));
  assert.equal(failures?.[0]?.reason, "MISSING");
});

test("a container that takes a minute and a half to start is in the state PROVISIONING until then", async (t) => {
  const clock = manualClock();
  const { run, describe, stopped, logged } = await startEcs(t, `console.log("begun");`, 512, {
    clock,
    limits: { startMs: 90_000 },
  });
  const [first, second] = [await run(), await run()];
  clock.advance(89_000);
  assert.equal((await describe(first))?.lastStatus, "PROVISIONING");
  assert.equal((await describe(first))?.startedAt, undefined);
  assert.deepEqual([(await describe(second))?.lastStatus, logged], ["PROVISIONING", []]);
  clock.advance(1000);
  assert.equal((await stopped(first))?.containers?.[0]?.exitCode, 0);
  assert.equal((await stopped(second))?.containers?.[0]?.exitCode, 0);
  assert.equal(logged.filter((line) => line === "begun").length, 2);
});

test("a task that is stopped while it is provisioned never runs", async (t) => {
  const clock = manualClock();
  const { run, stopped, client, logged } = await startEcs(t, `console.log("begun");`, 512, {
    clock,
    limits: { startMs: 90_000 },
  });
  const task = await run();
  await client.send(new StopTaskCommand({ cluster: CLUSTER, task, reason: "no longer wanted" }));
  assert.equal((await stopped(task))?.stoppedReason, "no longer wanted");
  clock.advance(3600_000);
  assert.deepEqual([clock.waiting(), logged], [0, []]);
});

test("a start beyond the account's vCPUs is refused, and accepted once another task has ended", async (t) => {
  const { run, stopped, client } = await startEcs(t, "setInterval(() => {}, 1000);", 512, { limits: { vcpus: 3 } });
  const task = await run();
  await assert.rejects(
    run(),
    (error) => error instanceof ClientException && /limit on the number of vCPUs/.test(error.message),
  );
  await client.send(new StopTaskCommand({ cluster: CLUSTER, task }));
  await stopped(task);
  await client.send(new StopTaskCommand({ cluster: CLUSTER, task: await run() }));
});

test("an isolated task reaches its named ports and a folder of its own, and no other process or home folder", async (t) => {
  const secret = join(temporaryDirectory(t), "secret");
  writeFileSync(secret, "of another program");
  const served = createServer((_request, response) => response.end("a service"));
  await new Promise<void>((listening) => served.listen(0, "127.0.0.1", listening));
  const other = createServer((_request, response) => response.end("not for it"));
  await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
  t.after(() => [served, other].map((server) => server.close()));
  const [port, closed] = [served, other].map((server) => (server.address() as AddressInfo).port) as [number, number];
  const program = `
    import { existsSync, readdirSync, writeFileSync } from "node:fs";
    import { tmpdir } from "node:os";
    const get = (port: number) => fetch(\`http://127.0.0.1:\${port}/\`).then((answer) => answer.text(), (error) => error.cause.code);
    process.once("SIGTERM", () => { console.log("asked to end"); process.exit(7); });
    writeFileSync(tmpdir() + "/own", "x");
    console.log(JSON.stringify({
      given: await get(${port}), closed: await get(${closed}), secret: existsSync(${JSON.stringify(secret)}),
      processes: readdirSync("/proc").filter((name) => Number(name) > 0).length,
      names: Object.keys(process.env).filter((name) => /^(AWS|SST|GIVEN|HOME|DORMOUSE)/.test(name)).sort(),
      sources: existsSync(${JSON.stringify(join(PROJECT, "lib"))}),
      router: existsSync(${JSON.stringify(join(PROJECT, "infra/local"))}),
    }));
    setInterval(() => undefined, 1000);
  `;
  const isolation = { forwardedPorts: () => [{ port, server: served }], read: [] };
  const { run, client, stopped, logged } = await startEcs(t, program, 512, { isolation });
  const taskArn = await run();
  await until("it to have tried", () => logged.length > 0);
  assert.deepEqual(JSON.parse(logged[0] ?? ""), {
    given: "a service",
    closed: "ECONNREFUSED",
    secret: false,
    processes: 2,
    names: ["AWS_ENDPOINT_URL_SFN", "DORMOUSE_CONFINED", "HOME"],
    sources: true,
    router: false,
  });
  await client.send(new StopTaskCommand({ cluster: CLUSTER, task: taskArn }));
  const task = await stopped(taskArn);
  assert.equal(logged[1], "asked to end");
  assert.equal(task?.containers?.[0]?.exitCode, 7);
});

test("the memory of an isolated task includes all programs that run in it", async (t) => {
  const program = `
    import { spawn } from "node:child_process";
    const greedy = "const all = []; setInterval(() => all.push(Buffer.alloc(32 << 20, 1)), 10)";
    spawn(process.execPath, ["-e", greedy]);
    setInterval(() => undefined, 1000);
  `;
  const { run, stopped } = await startEcs(t, program, 256, { isolation: { forwardedPorts: () => [], read: [] } });
  const task = await stopped(await run());
  assert.equal(task?.containers?.[0]?.exitCode, 137);
  assert.match(task?.containers?.[0]?.reason ?? "", /^OutOfMemoryError/);
});
