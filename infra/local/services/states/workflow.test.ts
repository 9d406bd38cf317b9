/** The delivery workflow's definition: valid, cheap, and run with every kind of failure. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import validate from "asl-validator";
import type { FileKind } from "#lib/kernel/file-kind.ts";
import { BATCH_FILES, BatchInput, FailureInput, type RunPlan, StepInput } from "#lib/workflow/run.schema.ts";
import { TaskInput } from "#lib/workflow/task.schema.ts";
import { functionName } from "../../core/arns.ts";
import { FunctionFailure } from "../../core/aws-service.ts";
import { startTestCloud } from "../../testing/cloud.ts";
import { MACHINE_ARN, startTestStates } from "../../testing/states.ts";
import { until } from "../../testing/until.ts";
import { localDefinition } from "./local-definition.ts";

const DEFINITION = localDefinition("us-east-1");
const RUN = { workspaceId: "ws_1", transferId: "tr_1", wave: 1 };
const INPUT = JSON.stringify(RUN);
/** An error of Step Functions itself; no step may cause it. */
const MAX_EVENTS = 25_000;
const MAX_BYTES = 262_144;

type Call = { name: string; payload: unknown };
type Stub = (payload: Record<string, unknown>, calls: number) => unknown;
type Container = { task: string; input: unknown; token: string };

/** Runs the workflow with stubs for its functions; those that are not given return nothing. */
async function startWorkflow(t: TestContext, stubs: Record<string, Stub>) {
  const calls: Call[] = [];
  const containers: Container[] = [];
  let largest = 0;
  const states = await startTestStates(t, {
    definition: DEFINITION,
    async invokeFunction(arn, payload) {
      const name = functionName(arn);
      calls.push({ name, payload });
      largest = Math.max(largest, JSON.stringify(payload).length);
      return (
        stubs[name]?.(payload as Record<string, unknown>, calls.filter((call) => call.name === name).length) ?? null
      );
    },
    async runTask(parameters) {
      const { TaskDefinition, Overrides } = parameters as {
        TaskDefinition: string;
        Overrides: { ContainerOverrides: { Environment: { Name: string; Value: string }[] }[] };
      };
      assert.ok(JSON.stringify(Overrides).length <= 8192, "as much as ECS takes");
      const value = (name: string): string =>
        Overrides.ContainerOverrides[0]?.Environment.find(({ Name }) => Name === name)?.Value ?? "";
      const task = /task-definition\/(\w+):/.exec(TaskDefinition)?.[1] ?? "";
      containers.push({ task, input: JSON.parse(value("TASK_INPUT")), token: value("TASK_TOKEN") });
      return { Tasks: [], Failures: [] };
    },
  });
  const { executionArn = "" } = await states.client.send(
    new StartExecutionCommand({ stateMachineArn: MACHINE_ARN, name: "tr_1-1-1", input: INPUT }),
  );
  const done = new Set<string>();
  /** Every container reports success as soon as it was started. */
  const finish = async (): Promise<void> => {
    for (const { token } of containers.filter((one) => !done.has(one.token))) {
      done.add(token);
      await states.client.send(new SendTaskSuccessCommand({ taskToken: token, output: "{}" }));
    }
  };
  const ended = async () => {
    await until("the execution to end", async () => {
      await finish();
      states.clock.advance(1000);
      return (await states.describe(executionArn)).status !== "RUNNING";
    });
    return states.describe(executionArn);
  };
  const names = (): string[] => calls.map(({ name }) => name);
  const payloadsOf = (name: string): unknown[] =>
    calls.filter((one) => one.name === name).map(({ payload }) => payload);
  const largestPayload = (): number => largest;
  return { states, executionArn, calls, containers, ended, names, payloadsOf, largestPayload, done };
}

const plan = (more: Partial<RunPlan> = {}): RunPlan => ({
  ...{ policy: "before", batches: [], files: 1, ticket: "the scan's" },
  ...more,
});
const broken = (message = "no"): never => {
  throw new FunctionFailure({ errorType: "Error", errorMessage: message });
};

test("the definition is valid", () => {
  // A copy, because the validator changes its input.
  const { isValid, errorsText } = validate(structuredClone(DEFINITION));
  assert.ok(isValid, errorsText("\n"));
});

test("10,000 files cost at most 500 transitions, far from the service's limits", async (t) => {
  const kinds: FileKind[] = ["picture", "document", "text", "archive", "audio", "other"];
  const batches = Array.from({ length: 10_000 / BATCH_FILES }, (_, batch) => ({
    batch,
    kind: batch < 10 ? "video" : (kinds[batch % kinds.length] ?? "other"),
  }));
  const { states, executionArn, containers, ended, names, payloadsOf, largestPayload } = await startWorkflow(t, {
    check: () => plan({ batches, files: 10_000 }),
    preview: ({ batch }) => ({ transcode: Number(batch) < 5, ticket: `of ${batch}` }),
  });
  const { status, output } = await ended();
  assert.equal(status, "SUCCEEDED");
  const events = (await states.history(executionArn)).length;
  const transitions = states.ledger[0]?.units.transitions ?? 0;
  t.diagnostic(`${transitions} transitions, ${events} events, ${largestPayload()} bytes at most to a function`);
  assert.ok(transitions <= 500, `${transitions} transitions`);
  assert.ok(events <= MAX_EVENTS / 10, `${events} events`);
  assert.ok((output ?? "").length <= MAX_BYTES / 10, `${output?.length} bytes`);
  assert.ok(largestPayload() < 1024);
  const count = (name: string): number => names().filter((one) => one === name).length;
  for (const name of ["check", "publish", "announce", "finish"]) assert.equal(count(name), 1, name);
  assert.equal(count("preview"), batches.filter(({ kind }) => kind !== "other").length);
  assert.equal(containers.filter(({ task }) => task === "transcode").length, 5);
  assert.equal(containers.filter(({ task }) => task === "scan").length, 1);
  for (const payload of payloadsOf("preview")) BatchInput.parse(payload);
  for (const payload of payloadsOf("publish")) StepInput.parse(payload);
  for (const { task, input } of containers) {
    const { batch, ticket } = TaskInput.parse(input);
    assert.equal(ticket, task === "scan" ? "the scan's" : `of ${batch}`);
  }
});

test("the scan policy decides whether files are published before or after their scan", async (t) => {
  const order = async (policy: RunPlan["policy"], files = 1): Promise<string[]> => {
    const { containers, ended, names } = await startWorkflow(t, { check: () => plan({ policy, files }) });
    assert.equal((await ended()).status, "SUCCEEDED");
    return [...names(), ...containers.map(({ task }) => task)];
  };
  const rest = ["announce", "finish"];
  assert.deepEqual(await order("before"), ["check", "publish", ...rest, "scan"]);
  assert.deepEqual(await order("after"), ["check", "publish", "publish", ...rest, "scan"]);
  assert.deepEqual(await order("off"), ["check", "publish", ...rest]);
  assert.deepEqual(await order("before", 0), ["check", "publish", ...rest]);
});

test("a failed preview is recorded, and the files are delivered all the same", async (t) => {
  const { states, executionArn, ended, names, payloadsOf } = await startWorkflow(t, {
    check: () =>
      plan({
        batches: [
          { batch: 0, kind: "picture" },
          { batch: 1, kind: "document" },
        ],
      }),
    preview: ({ kind }) => kind === "picture" && broken("a bad picture"),
  });
  assert.equal((await ended()).status, "SUCCEEDED");
  assert.equal(names().filter((name) => name === "preview").length, 5, "three retries of one, and the other");
  const [note, ...more] = payloadsOf("noteFailure").map((payload) => FailureInput.parse(payload));
  assert.deepEqual(more, []);
  assert.deepEqual(
    [note?.failed, note?.batch, note?.execution, note?.error.Error],
    ["Preview", 0, "tr_1-1-1", "Error"],
  );
  assert.equal(names().at(-1), "finish");
  assert.ok(!(await states.history(executionArn)).includes("MapIterationFailed"));
});

test("a failure that can't be recorded does not affect the other batches", async (t) => {
  const { ended, payloadsOf } = await startWorkflow(t, {
    check: () =>
      plan({
        batches: [
          { batch: 0, kind: "picture" },
          { batch: 1, kind: "archive" },
        ],
      }),
    preview: ({ kind }) => kind === "picture" && broken(),
    noteFailure: () => broken(),
  });
  assert.equal((await ended()).status, "SUCCEEDED");
  assert.ok(payloadsOf("preview").some((payload) => BatchInput.parse(payload).kind === "archive"));
});

test("a container that sends no heartbeat is started again twice, then the run fails and records why", async (t) => {
  const { states, executionArn, containers, payloadsOf, done } = await startWorkflow(t, { check: () => plan() });
  for (let tries = 1; tries <= 3; tries += 1) {
    await until("the scan to be started", () => containers.length === tries);
    states.clock.advance(300_000);
    states.clock.advance(60_000);
  }
  await until("the end", async () => (await states.describe(executionArn)).status !== "RUNNING");
  const { status, error } = await states.describe(executionArn);
  assert.deepEqual([status, error], ["FAILED", "RunFailed"]);
  assert.equal(done.size, 0);
  const [note] = payloadsOf("noteFailure").map((payload) => FailureInput.parse(payload));
  assert.deepEqual([note?.failed, note?.error.Error], ["Run", "States.Timeout"]);
});

test("a container's own error message is recorded", async (t) => {
  const { states, executionArn, containers, payloadsOf, done } = await startWorkflow(t, { check: () => plan() });
  await until("the end", async () => {
    for (const { token } of containers.filter((one) => !done.has(one.token))) {
      done.add(token);
      await states.client.send(
        new SendTaskFailureCommand({ taskToken: token, error: "ScannerFailed", cause: "It has no signatures." }),
      );
    }
    states.clock.advance(1000);
    return (await states.describe(executionArn)).status !== "RUNNING";
  });
  const [note] = payloadsOf("noteFailure").map((payload) => FailureInput.parse(payload));
  assert.deepEqual(note?.error, { Error: "ScannerFailed", Cause: "It has no signatures." });
});

test("a step whose three retries fail ends the run, and the failure is recorded", async (t) => {
  const { ended, names } = await startWorkflow(t, {
    check: () => plan({ policy: "off" }),
    publish: () => broken("the table is away"),
  });
  const { status, error } = await ended();
  assert.deepEqual([status, error], ["FAILED", "RunFailed"]);
  assert.deepEqual(names(), ["check", "publish", "publish", "publish", "publish", "noteFailure"]);
});

test("a run whose transfer is purged meanwhile ends: no retry, no recorded failure", async (t) => {
  const gone = (): never => {
    throw new FunctionFailure({ errorType: "RunNotFound", errorMessage: "There is no such run of this transfer." });
  };
  const batches = [{ batch: 0, kind: "picture" as const }];
  for (const step of ["check", "preview", "publish", "announce", "finish"]) {
    const stubs = { check: () => plan({ policy: "off", batches }), [step]: gone };
    const { states, executionArn, ended, names } = await startWorkflow(t, {
      ...stubs,
      // The states after the previews find the same.
      ...(step === "preview" ? { publish: gone } : {}),
    });
    assert.equal((await ended()).status, "SUCCEEDED", step);
    const order = ["check", "preview", "publish", "announce", "finish"];
    const last = step === "preview" ? "publish" : step;
    assert.deepEqual(names(), order.slice(0, order.indexOf(last) + 1), step);
    assert.equal((await states.history(executionArn)).at(-3), "SucceedStateEntered", step);
  }
});

test("a container that finds no run is not started again, nor is a failure that can't be recorded for that reason", async (t) => {
  const told = async (error: string, stubs: Record<string, Stub> = {}) => {
    const { states, executionArn, containers, names, done } = await startWorkflow(t, { check: () => plan(), ...stubs });
    await until("the end", async () => {
      for (const { token } of containers.filter((one) => !done.has(one.token))) {
        done.add(token);
        await states.client.send(new SendTaskFailureCommand({ taskToken: token, error, cause: "no" }));
      }
      states.clock.advance(1000);
      return (await states.describe(executionArn)).status !== "RUNNING";
    });
    const { status } = await states.describe(executionArn);
    return [status, containers.length, names()];
  };
  assert.deepEqual(await told("RunNotFound"), ["SUCCEEDED", 1, ["check"]]);
  const noteFailure = (): never => {
    throw new FunctionFailure({ errorType: "RunNotFound", errorMessage: "no" });
  };
  assert.deepEqual(await told("ScannerFailed", { noteFailure }), ["SUCCEEDED", 3, ["check", "noteFailure"]]);
});

test("in the local cloud an error has its own name, so that the run of a purged transfer ends quietly", async (t) => {
  const errors = new URL("../../../../lib/workflow/workflow.errors.ts", import.meta.url).href;
  const cloud = await startTestCloud(t, {
    check: `import { RunNotFound } from "${errors}";
      export const handler = async () => { seen(1); throw new RunNotFound(); };`,
    noteFailure: "export const handler = async () => seen(1);",
  });
  const { executionArn } = await cloud.sfn.send(
    new StartExecutionCommand({ stateMachineArn: MACHINE_ARN, name: "tr_1-1-1", input: INPUT }),
  );
  const describe = () => cloud.sfn.send(new DescribeExecutionCommand({ executionArn }));
  await until("the end", async () => (await describe()).status !== "RUNNING");
  assert.equal((await describe()).status, "SUCCEEDED");
  assert.deepEqual([cloud.seen("check"), cloud.seen("noteFailure")], [[1], []]);
});

test("a run survives a restart of the router and a crash of a function, and leaves no process", async (t) => {
  const answers = (value: string): string =>
    `export const handler = async (event) => { seen(event); return ${value}; };`;
  const cloud = await startTestCloud(
    t,
    {
      check: answers('{ policy: "off", files: 1, batches: [{ batch: 0, kind: "picture" }], ticket: "" }'),
      // The first attempt crashes, the next two hang until the router ends.
      preview: `export const handler = async (event) => {
        const before = calls();
        seen(event.batch);
        if (before === 0) process.exit(1);
        if (before <= 2) await new Promise(() => setInterval(() => undefined, 1000));
      };`,
      publish: answers("null"),
      announce: answers("null"),
      finish: answers("null"),
    },
    { DORMOUSE_IDLE_SECONDS: "1" },
  );
  const { executionArn } = await cloud.sfn.send(
    new StartExecutionCommand({ stateMachineArn: MACHINE_ARN, name: "tr_1-1-1", input: INPUT }),
  );
  const describe = () => cloud.sfn.send(new DescribeExecutionCommand({ executionArn }));
  await until("the second try", () => cloud.seen("preview").length === 2);
  await cloud.stop("kill");
  await cloud.start();
  await until("the same once more", () => cloud.seen("preview").length === 3);
  await cloud.stop("gently");
  await cloud.start();
  await until("the end", async () => (await describe()).status !== "RUNNING");
  assert.equal((await describe()).status, "SUCCEEDED");
  assert.equal(cloud.seen("preview").length, 4);
  const { events = [] } = await cloud.sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  const failures = events.filter(({ type }) => type === "LambdaFunctionFailed");
  assert.equal(failures.length, 1, "the router's end is no failure of a function");
  for (const name of ["check", "publish", "announce", "finish"]) assert.equal(cloud.seen(name).length, 1, name);
  await until("everything to sleep", async () => (await cloud.engines()).every(({ pids }) => pids.length === 0));
});
