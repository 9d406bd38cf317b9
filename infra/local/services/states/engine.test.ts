import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ExecutionAlreadyExists,
  GetExecutionHistoryCommand,
  InvalidToken,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  TaskTimedOut,
} from "@aws-sdk/client-sfn";
import { FunctionFailure, ServiceError } from "../../core/aws-service.ts";
import type { Json } from "../../core/json.ts";
import { lambda, MACHINE_ARN, startTestStates, type TestStates } from "../../testing/states.ts";
import { until } from "../../testing/until.ts";
import { RUN_TASK, retryDelayMs } from "./machine.ts";

const START = { stateMachineArn: MACHINE_ARN, input: "{}" };
const start = async ({ client }: TestStates, more: { input?: string; name?: string } = {}): Promise<string> =>
  (await client.send(new StartExecutionCommand({ ...START, ...more }))).executionArn ?? "";
const one = (state: object) => ({ StartAt: "Only", States: { Only: state } });
const failure = (errorType: string, errorMessage = "no") => new FunctionFailure({ errorType, errorMessage });
const container = (more: object = {}) => ({
  Type: "Task",
  Resource: RUN_TASK,
  Parameters: { "Token.$": "$$.Task.Token" },
  ...more,
});

/** Stands for ECS: stores the tokens of the started tasks. */
function containers() {
  const tokens: string[] = [];
  const runTask = async (parameters: Json): Promise<Json> => {
    tokens.push((parameters as { Token: string }).Token);
    return { Failures: [] };
  };
  return { tokens, runTask };
}

test("a task gets its parameters with the context object, and its result is stored at ResultPath", async (t) => {
  const payloads: unknown[] = [];
  const definition = {
    StartAt: "First",
    States: {
      First: {
        Type: "Task",
        Resource: lambda("check"),
        Parameters: {
          "id.$": "$.transfer.id",
          "state.$": "$$.State.Name",
          "attempt.$": "$$.State.RetryCount",
          "name.$": "$$.Execution.Name",
          nested: [{ "text.$": "States.JsonToString($.transfer)" }],
        },
        ResultPath: "$.plan.made",
        Next: "Second",
      },
      Second: { Type: "Pass", Parameters: { "made.$": "$.plan.made[1]" }, End: true },
    },
  };
  const states = await startTestStates(t, {
    definition,
    invokeFunction: async (arn, payload) => {
      payloads.push([arn, payload]);
      return ["a", { b: 1 }];
    },
  });
  const executionArn = await start(states, { name: "named", input: '{"transfer":{"id":"t1"}}' });
  const { status, output } = await states.ended(executionArn);
  assert.equal(status, "SUCCEEDED");
  assert.deepEqual(JSON.parse(output ?? ""), { made: { b: 1 } });
  assert.deepEqual(payloads, [
    [lambda("check"), { id: "t1", state: "First", attempt: 0, name: "named", nested: [{ text: '{"id":"t1"}' }] }],
  ]);
  assert.deepEqual(await states.history(executionArn), [
    "ExecutionStarted",
    "TaskStateEntered",
    "LambdaFunctionScheduled",
    "LambdaFunctionStarted",
    "LambdaFunctionSucceeded",
    "TaskStateExited",
    "PassStateEntered",
    "PassStateExited",
    "ExecutionSucceeded",
  ]);
  assert.deepEqual(
    states.ledger.map(({ service, units }) => [service, units]),
    [["states", { transitions: 2 }]],
  );
});

test("each retry waits longer and is billed; the last failure goes to Catch", async (t) => {
  const at: number[] = [];
  const attempts: unknown[] = [];
  const definition = {
    StartAt: "Flaky",
    States: {
      Flaky: {
        Type: "Task",
        Resource: lambda("check"),
        Parameters: { "attempt.$": "$$.State.RetryCount" },
        Retry: [
          { ErrorEquals: ["Other"], MaxAttempts: 9 },
          {
            ErrorEquals: ["States.TaskFailed"],
            IntervalSeconds: 2,
            MaxAttempts: 3,
            BackoffRate: 3,
            MaxDelaySeconds: 10,
          },
        ],
        Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Caught" }],
        End: true,
      },
      Caught: { Type: "Pass", End: true },
    },
  };
  const states: TestStates = await startTestStates(t, {
    definition,
    invokeFunction: async (_, payload) => {
      at.push(states.clock.now());
      attempts.push((payload as { attempt: number }).attempt);
      throw failure("Broken", "it broke");
    },
  });
  const executionArn = await start(states, { input: '{"kept":1}' });
  const { output } = await states.ended(executionArn);
  const { kept, error } = JSON.parse(output ?? "") as { kept: number; error: { Error: string; Cause: string } };
  assert.equal(kept, 1);
  assert.equal(error.Error, "Broken");
  assert.deepEqual(JSON.parse(error.Cause), { errorType: "Broken", errorMessage: "it broke" });
  assert.deepEqual(attempts, [0, 1, 2, 3]);
  assert.deepEqual(
    at.slice(1).map((time, index) => Math.round((time - (at[index] ?? 0)) / 1000)),
    [2, 6, 10],
  );
  assert.deepEqual(states.ledger[0]?.units, { transitions: 5 }, "two states and three retries");
  assert.equal((await states.history(executionArn)).filter((type) => type === "TaskStateEntered").length, 1);
});

test("with full jitter the delay is any time up to the backoff, which grows to its maximum", () => {
  const retrier = { ErrorEquals: ["States.ALL"], IntervalSeconds: 3, BackoffRate: 2, MaxDelaySeconds: 10 };
  assert.deepEqual(
    [0, 1, 2].map((used) => retryDelayMs(retrier, used, () => 0.5)),
    [3000, 6000, 10_000],
  );
  const full = { ...retrier, JitterStrategy: "FULL" as const };
  assert.deepEqual(
    [0, 1, 2].map((used) => retryDelayMs(full, used, () => 0.5)),
    [1500, 3000, 5000],
  );
});

test("errors of Lambda itself have their own names; an error that is neither retried nor caught fails the execution", async (t) => {
  const definition = one({ Type: "Task", Resource: lambda("check"), End: true });
  const states = await startTestStates(t, {
    definition,
    invokeFunction: async () => {
      throw new ServiceError("TooManyRequestsException", "Rate Exceeded.");
    },
  });
  const { status, error, cause } = await states.ended(await start(states));
  assert.deepEqual([status, error, cause], ["FAILED", "Lambda.TooManyRequestsException", "Rate Exceeded."]);
});

test("data that does not fit the definition is a runtime failure, which States.ALL does not catch", async (t) => {
  const states = await startTestStates(t, {
    definition: {
      StartAt: "Asks",
      States: {
        Asks: {
          Type: "Task",
          Resource: lambda("check"),
          Parameters: { "missing.$": "$.missing" },
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "Caught" }],
          End: true,
        },
        Caught: { Type: "Succeed" },
      },
    },
  });
  const { status, error } = await states.ended(await start(states));
  assert.deepEqual([status, error], ["FAILED", "States.Runtime"]);
});

test("payloads of more than 256 KiB are refused", async (t) => {
  const states = await startTestStates(t, {
    definition: one({
      Type: "Task",
      Resource: lambda("check"),
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "Only" }],
      End: true,
    }),
    invokeFunction: async () => "x".repeat(262_144),
  });
  const { status, error } = await states.ended(await start(states));
  assert.deepEqual([status, error], ["FAILED", "States.DataLimitExceeded"]);
  await assert.rejects(start(states, { input: JSON.stringify("x".repeat(262_144)) }), { name: "ValidationException" });
  await assert.rejects(start(states, { input: "{" }), { name: "InvalidExecutionInput" });
});

test("an execution ends after 25,000 events", async (t) => {
  const circle = {
    Type: "Choice",
    Choices: [{ Variable: "$.go", BooleanEquals: false, Next: "Out" }],
    Default: "Round",
  };
  const states = await startTestStates(t, {
    definition: { StartAt: "Round", States: { Round: circle, Out: { Type: "Succeed" } } },
  });
  const executionArn = await start(states, { input: '{"go":true}' });
  const { status, error, cause } = await states.ended(executionArn);
  assert.deepEqual(
    [status, error, cause],
    ["FAILED", "States.Runtime", "The execution reached the maximum number of history events (25000)."],
  );
  const { events } = await states.client.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 2 }),
  );
  assert.deepEqual(
    events?.map(({ id, type, previousEventId }) => [id, type, previousEventId]),
    [
      [25_000, "ExecutionFailed", 24_999],
      [24_999, "ChoiceStateExited", 24_998],
    ],
  );
});

test("a Map runs as many items at a time as it may, and returns results in the order of items", async (t) => {
  const waiting: { item: number; finish: () => void }[] = [];
  const states = await startTestStates(t, {
    definition: one({
      Type: "Map",
      ItemsPath: "$.items",
      MaxConcurrency: 2,
      ItemSelector: { "value.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index", "all.$": "$.id" },
      ItemProcessor: {
        ProcessorConfig: { Mode: "INLINE" },
        StartAt: "Work",
        States: { Work: { Type: "Task", Resource: lambda("pictures"), End: true } },
      },
      End: true,
    }),
    invokeFunction: (_, payload) => {
      const { value, index, all } = payload as { value: number; index: number; all: string };
      return new Promise((resolve) =>
        waiting.push({ item: value, finish: () => resolve(`${all}:${index}:${value * 10}`) }),
      );
    },
  });
  const executionArn = await start(states, { input: '{"id":"x","items":[5,6,7]}' });
  await until("two items to be under way", () => waiting.length === 2);
  waiting[1]?.finish();
  await until("the third to follow", () => waiting.length === 3);
  waiting[2]?.finish();
  waiting[0]?.finish();
  const { output } = await states.ended(executionArn);
  assert.deepEqual(JSON.parse(output ?? ""), ["x:0:50", "x:1:60", "x:2:70"]);
  assert.deepEqual(states.ledger[0]?.units, { transitions: 4 }, "the Map, and one state for each item");
});

test("an item that fails ends its siblings and the Map, whose Catch continues", async (t) => {
  const states = await startTestStates(t, {
    definition: {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          ItemProcessor: {
            StartAt: "Work",
            States: { Work: { Type: "Task", Resource: lambda("pictures"), End: true } },
          },
          Catch: [{ ErrorEquals: ["Broken"], ResultPath: "$.error", Next: "After" }],
          ItemsPath: "$.items",
          End: true,
        },
        After: { Type: "Succeed" },
      },
    },
    invokeFunction: async (_, payload) => {
      if (payload === 2) throw failure("Broken");
      return new Promise(() => undefined);
    },
  });
  const executionArn = await start(states, { input: '{"items":[1,2,3]}' });
  const { status, output } = await states.ended(executionArn);
  assert.equal(status, "SUCCEEDED");
  assert.equal((JSON.parse(output ?? "") as { error: { Error: string } }).error.Error, "Broken");
  const history = await states.history(executionArn);
  assert.deepEqual(history.slice(history.indexOf("LambdaFunctionFailed")), [
    "LambdaFunctionFailed",
    "MapIterationFailed",
    "TaskStateAborted",
    "MapIterationAborted",
    "TaskStateAborted",
    "MapIterationAborted",
    "MapStateFailed",
    "MapStateExited",
    "SucceedStateEntered",
    "SucceedStateExited",
    "ExecutionSucceeded",
  ]);
});

test("a Map without items succeeds at once", async (t) => {
  const states = await startTestStates(t, {
    definition: one({
      Type: "Map",
      ItemProcessor: { StartAt: "Never", States: { Never: { Type: "Fail", Error: "No" } } },
      ResultPath: null,
      End: true,
    }),
  });
  const { status, output } = await states.ended(await start(states, { input: "[]" }));
  assert.deepEqual([status, output], ["SUCCEEDED", "[]"]);
});

test("a token can be used once: for success or failure, until its timeout", async (t) => {
  const { tokens, runTask } = containers();
  const states = await startTestStates(t, {
    definition: one(container({ ResultPath: "$.done", TimeoutSeconds: 100, HeartbeatSeconds: 30, End: true })),
    runTask,
  });
  const { client, clock } = states;
  const succeed = (taskToken: string | undefined) =>
    client.send(new SendTaskSuccessCommand({ taskToken, output: '{"files":3}' }));

  const good = await start(states);
  await until("the container", () => tokens.length === 1);
  await succeed(tokens[0]);
  assert.deepEqual(JSON.parse((await states.ended(good)).output ?? ""), { done: { files: 3 } });
  await assert.rejects(succeed(tokens[0]), TaskTimedOut);
  await assert.rejects(succeed("AQCnever"), InvalidToken);
  assert.deepEqual((await states.history(good)).slice(1, -1), [
    "TaskStateEntered",
    "TaskScheduled",
    "TaskStarted",
    "TaskSubmitted",
    "TaskSucceeded",
    "TaskStateExited",
  ]);

  const bad = await start(states);
  await until("the container", () => tokens.length === 2);
  await client.send(new SendTaskFailureCommand({ taskToken: tokens[1], error: "Infected", cause: "EICAR" }));
  const failed = await states.ended(bad);
  assert.deepEqual([failed.status, failed.error, failed.cause], ["FAILED", "Infected", "EICAR"]);

  const slow = await start(states);
  await until("the container", () => tokens.length === 3);
  const beat = () => client.send(new SendTaskHeartbeatCommand({ taskToken: tokens[2] }));
  for (let beats = 0; beats < 4; beats += 1) {
    clock.advance(24_000);
    await beat();
  }
  assert.equal((await states.describe(slow)).status, "RUNNING", "96 s, with signs of life");
  clock.advance(4_000);
  const late = await states.ended(slow);
  assert.deepEqual([late.status, late.error, late.cause], ["FAILED", "States.Timeout", undefined]);
  await assert.rejects(beat(), TaskTimedOut);
});

test("a container that sends no heartbeat is started again with another token", async (t) => {
  const { tokens, runTask } = containers();
  const states = await startTestStates(t, {
    definition: one(
      container({
        HeartbeatSeconds: 120,
        Retry: [{ ErrorEquals: ["States.HeartbeatTimeout"], IntervalSeconds: 5, MaxAttempts: 1 }],
        End: true,
      }),
    ),
    runTask,
  });
  const executionArn = await start(states);
  await until("the container", () => tokens.length === 1);
  states.clock.advance(119_000);
  assert.equal(tokens.length, 1);
  states.clock.advance(1_000);
  assert.equal(tokens.length, 1, "it waits before the retry");
  states.clock.advance(5_000);
  await until("another container", () => tokens.length === 2);
  const report = (taskToken: string | undefined) =>
    states.client.send(new SendTaskSuccessCommand({ taskToken, output: "1" }));
  await assert.rejects(report(tokens[0]), TaskTimedOut, "the first one is too late");
  await report(tokens[1]);
  assert.equal((await states.ended(executionArn)).status, "SUCCEEDED");
  assert.deepEqual(states.ledger[0]?.units, { transitions: 2 });
});

test("a function that takes too long fails with States.Timeout, and its late answer is ignored", async (t) => {
  let answer: (value: unknown) => void = () => undefined;
  const states = await startTestStates(t, {
    definition: one({ Type: "Task", Resource: lambda("check"), TimeoutSeconds: 60, End: true }),
    invokeFunction: () => new Promise((resolve) => (answer = resolve)),
  });
  const executionArn = await start(states);
  states.clock.advance(60_000);
  assert.equal((await states.describe(executionArn)).error, "States.Timeout");
  answer("late");
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok((await states.history(executionArn)).includes("LambdaFunctionTimedOut"));
  assert.equal((await states.describe(executionArn)).status, "FAILED");
});

test("an execution that takes too long is TIMED_OUT, with the reason in the history only", async (t) => {
  const { runTask } = containers();
  const definition = { ...one(container({ End: true })), TimeoutSeconds: 3600 };
  const states = await startTestStates(t, { definition, runTask });
  const executionArn = await start(states);
  const { clock } = states;
  assert.equal(clock.waiting(), 1, "who waits costs one timer");
  clock.advance(3600_000);
  const { status, error, startDate, stopDate } = await states.describe(executionArn);
  assert.deepEqual([status, error], ["TIMED_OUT", undefined]);
  assert.equal(Number(stopDate) - Number(startDate), 3600_000);
  assert.equal(clock.waiting(), 0);
  assert.equal((await states.history(executionArn)).at(-1), "ExecutionTimedOut");
});

test("a start with a known name returns the running execution if the input is the same, else it is refused", async (t) => {
  const { tokens, runTask } = containers();
  const states = await startTestStates(t, { definition: one(container({ End: true })), runTask });
  const executionArn = await start(states, { name: "t1-1-1", input: '{"wave":1}' });
  assert.equal(await start(states, { name: "t1-1-1", input: '{"wave":1}' }), executionArn);
  await assert.rejects(start(states, { name: "t1-1-1", input: '{"wave":2}' }), ExecutionAlreadyExists);
  await assert.rejects(start(states, { name: "t1/1" }), { name: "InvalidName" });
  await until("the container", () => tokens.length === 1);
  await states.client.send(new SendTaskSuccessCommand({ taskToken: tokens[0], output: "{}" }));
  await assert.rejects(start(states, { name: "t1-1-1", input: '{"wave":1}' }), ExecutionAlreadyExists);
  assert.equal(tokens.length, 1, "it ran once");
});

test("executions are listed, latest first and by status, and can be stopped", async (t) => {
  const { tokens, runTask } = containers();
  const states = await startTestStates(t, { definition: one(container({ End: true })), runTask });
  for (const name of ["a", "b", "c"]) await start(states, { name });
  const stopped = await states.client.send(
    new StopExecutionCommand({
      executionArn: await start(states, { name: "b" }),
      error: "Cancelled",
      cause: "by the owner",
    }),
  );
  assert.ok(stopped.stopDate);
  const list = async (more: object) => {
    const { executions, nextToken } = await states.client.send(
      new ListExecutionsCommand({ stateMachineArn: MACHINE_ARN, ...more }),
    );
    return { names: executions?.map(({ name }) => name), nextToken };
  };
  assert.deepEqual((await list({ statusFilter: "RUNNING" })).names, ["c", "a"]);
  assert.deepEqual((await list({ statusFilter: "ABORTED" })).names, ["b"]);
  const { names, nextToken } = await list({ maxResults: 2 });
  assert.deepEqual(names, ["c", "b"]);
  assert.deepEqual((await list({ nextToken })).names, ["a"]);
  const { status, error, cause } = await states.describe(
    await start(states, { name: "d" }).then((arn) => arn.replace(/d$/, "b")),
  );
  assert.deepEqual([status, error, cause], ["ABORTED", "Cancelled", "by the owner"]);
  await until("the containers", () => tokens.length === 4);
  await assert.rejects(
    states.client.send(new SendTaskSuccessCommand({ taskToken: tokens[1], output: "{}" })),
    TaskTimedOut,
  );
  await assert.rejects(states.describe(`${MACHINE_ARN.replace("stateMachine", "execution")}:none`), {
    name: "ExecutionDoesNotExist",
  });
});

test("a redrive begins at the state that failed, and keeps finished states", async (t) => {
  const calls: string[] = [];
  let broken = true;
  const states = await startTestStates(t, {
    definition: {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          ItemProcessor: {
            StartAt: "Work",
            States: { Work: { Type: "Task", Resource: lambda("pictures"), End: true } },
          },
          End: true,
        },
      },
    },
    invokeFunction: async (_, payload) => {
      calls.push(String(payload));
      if (payload === "b") await new Promise((resolve) => setTimeout(resolve, 20));
      if (payload === "b" && broken) throw failure("Broken");
      return payload;
    },
  });
  const executionArn = await start(states, { input: '["a","b"]' });
  assert.equal((await states.ended(executionArn)).status, "FAILED");
  broken = false;
  await states.restart();
  await states.client.send(new RedriveExecutionCommand({ executionArn }));
  const { status, output, redriveCount } = await states.ended(executionArn);
  assert.deepEqual([status, output, redriveCount], ["SUCCEEDED", '["a","b"]', 1]);
  assert.deepEqual(calls, ["a", "b", "b"]);
  assert.deepEqual(
    states.ledger.map(({ units }) => units["transitions"]),
    [3, 2],
    "the redrive, and the state that was run again",
  );
  await assert.rejects(states.client.send(new RedriveExecutionCommand({ executionArn })), {
    name: "ExecutionNotRedrivable",
  });
});

test("deadlines, backoffs and tokens continue after a restart", async (t) => {
  const { tokens, runTask } = containers();
  const retry = [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 50, MaxAttempts: 1 }];
  const states = await startTestStates(t, {
    definition: one(container({ HeartbeatSeconds: 100, Retry: retry, End: true })),
    runTask,
  });
  const executionArn = await start(states);
  await until("the container", () => tokens.length === 1);
  states.clock.advance(90_000);
  await states.restart();
  await states.client.send(new SendTaskHeartbeatCommand({ taskToken: tokens[0] }));
  states.clock.advance(99_000);
  await states.restart();
  assert.equal(tokens.length, 1, "who waits for a token is not started again");
  states.clock.advance(1_000);
  await assert.rejects(
    states.client.send(new SendTaskHeartbeatCommand({ taskToken: tokens[0] })),
    TaskTimedOut,
    "silent for 100 s, over a restart",
  );
  states.clock.advance(49_000);
  // Another definition is deployed; running executions keep their own.
  await states.restart({ definition: one({ Type: "Fail", Error: "Other" }) });
  assert.equal(tokens.length, 1);
  states.clock.advance(1_000);
  await until("the retry", () => tokens.length === 2);
  await states.restart();
  await states.client.send(new SendTaskSuccessCommand({ taskToken: tokens[1], output: '"done"' }));
  const { status, output } = await states.describe(executionArn);
  assert.deepEqual([status, output], ["SUCCEEDED", '"done"']);
  assert.deepEqual(
    states.ledger.map(({ units }) => units),
    [{ transitions: 2 }],
  );
});

test("a deadline that passed while the router was not running is noticed at the next start", async (t) => {
  const { tokens, runTask } = containers();
  const states = await startTestStates(t, {
    definition: one(container({ HeartbeatSeconds: 100, End: true })),
    runTask,
  });
  const executionArn = await start(states);
  await until("the container", () => tokens.length === 1);
  await states.restart({ downMs: 3600_000 });
  states.clock.advance(0);
  assert.equal((await states.describe(executionArn)).error, "States.Timeout");
});

test("a definition is refused if it would not run as on AWS", async (t) => {
  const task = { Type: "Task", Resource: lambda("check"), End: true };
  const refused: [string, object][] = [
    ["Wait", one({ Type: "Wait", Seconds: 1, End: true })],
    ["Assign", one({ ...task, Assign: {} })],
    ["OutputPath", one({ ...task, OutputPath: "$.x" })],
    ["HeartbeatSecondsPath", one({ ...task, HeartbeatSecondsPath: "$.x" })],
    ["QueryLanguage", { ...one(task), QueryLanguage: "JSONata" }],
    ["JSONPath", one({ ...task, Parameters: { "x.$": "$..x" } })],
    ["JSONPath", one({ ...task, Parameters: { "x.$": "$.x[?(@.y)]" } })],
    ["is no path", one({ ...task, Parameters: { "x.$": "States.Format('{}', $.x)" } })],
    ["lambda:invoke", one({ ...task, Resource: "arn:aws:states:::lambda:invoke" })],
    ["Gone", one({ Type: "Pass", Next: "Gone" })],
    ["Next or End", one({ Type: "Pass" })],
    [
      "inline",
      one({ Type: "Map", ItemProcessor: { ...one(task), ProcessorConfig: { Mode: "DISTRIBUTED" } }, End: true }),
    ],
    ["compare", one({ Type: "Choice", Choices: [{ Variable: "$.x", StringMatches: "*", Next: "Only" }] })],
  ];
  for (const [args, definition] of refused) {
    await assert.rejects(startTestStates(t, { definition }), (error: Error) => error.message.includes(args), args);
  }
});
