/** The workflow in an account with low limits: few function instances, few vCPUs, and containers that start slowly. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SendTaskSuccessCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { functionName } from "#infra/local/core/arns.ts";
import { ServiceError } from "#infra/local/core/aws-service.ts";
import { localDefinition } from "#infra/local/services/states/local-definition.ts";
import { MACHINE_ARN, startTestStates, type TestStates } from "#infra/local/testing/states.ts";

const CONCURRENCY = 10;

const plan = (kinds: string[], policy: string) => ({
  files: kinds.length,
  policy,
  ticket: "",
  batches: kinds.map((kind, batch) => ({ batch, kind })),
});

async function start(states: TestStates, transferId: string): Promise<string> {
  const input = JSON.stringify({ workspaceId: "ws", transferId, wave: 1 });
  const command = new StartExecutionCommand({ stateMachineArn: MACHINE_ARN, name: transferId, input });
  return (await states.client.send(command)).executionArn ?? "";
}

type Given = { transferId: string; batch?: number };

test("two runs with many pictures lose no preview, though one of them uses every instance for an hour", async (t) => {
  const batches = 30;
  const begun: string[] = [];
  const noted: unknown[] = [];
  let busy = 0;
  let refused = 0;
  let wake: TestStates["clock"]["wake"] = () => () => undefined;
  const states = await startTestStates(t, {
    definition: localDefinition("us-east-1"),
    async invokeFunction(arn, payload) {
      const name = functionName(arn);
      const { transferId, batch } = payload as Given;
      if (name === "check")
        return plan(
          Array.from({ length: batches }, () => "picture"),
          "off",
        );
      if (name === "noteFailure") noted.push(payload);
      if (name !== "preview") return {};
      if (busy >= CONCURRENCY) {
        refused += 1;
        throw new ServiceError("TooManyRequestsException", "Rate Exceeded.", { status: 429 });
      }
      busy += 1;
      begun.push(`${transferId} ${batch}`);
      // Each batch takes most of the time that its step has.
      return new Promise((done) => {
        wake(states.clock.now() + 840_000, () => {
          busy -= 1;
          done({});
        });
      });
    },
  });
  wake = states.clock.wake;
  const runs = [await start(states, "one"), await start(states, "two")];
  for (const run of runs) assert.equal((await states.ended(run, 30_000)).status, "SUCCEEDED");
  assert.deepEqual(noted, []);
  assert.ok(refused > 0, "they were in each other's way");
  assert.equal(new Set(begun).size, 2 * batches);
  assert.equal(begun.length, 2 * batches, "nothing is done twice");
});

test("every other step also waits when Lambda throttles its function", async (t) => {
  const tries: Record<string, number> = {};
  const noted: unknown[] = [];
  const states = await startTestStates(t, {
    definition: localDefinition("us-east-1"),
    async invokeFunction(arn, payload) {
      const name = functionName(arn);
      tries[name] = (tries[name] ?? 0) + 1;
      if (name === "noteFailure") noted.push(payload);
      if (tries[name] <= 12) throw new ServiceError("TooManyRequestsException", "Rate Exceeded.", { status: 429 });
      return name === "check"
        ? plan(["document", "archive", "audio", "picture"], "off")
        : { transcode: false, ticket: "" };
    },
  });
  assert.equal((await states.ended(await start(states, "one"), 30_000)).status, "SUCCEEDED");
  assert.deepEqual(noted, []);
});

for (const seconds of [90, 240]) {
  test(`a container that takes ${seconds} s to start is no failure`, async (t) => {
    const started: string[] = [];
    const states = await startTestStates(t, {
      definition: localDefinition("us-east-1"),
      async invokeFunction(arn) {
        return functionName(arn) === "check" ? plan(["video"], "before") : { transcode: true, ticket: "" };
      },
      async runTask(parameters) {
        const { TaskDefinition, Overrides } = parameters as {
          TaskDefinition: string;
          Overrides: { ContainerOverrides: [{ Environment: { Name: string; Value: string }[] }] };
        };
        const [{ Environment }] = Overrides.ContainerOverrides;
        const taskToken = Environment.find(({ Name }) => Name === "TASK_TOKEN")?.Value ?? "";
        started.push(TaskDefinition);
        states.clock.wake(states.clock.now() + seconds * 1000, () => {
          void states.client.send(new SendTaskSuccessCommand({ taskToken, output: "{}" }));
        });
        return { Tasks: [{}], Failures: [] };
      },
    });
    assert.equal((await states.ended(await start(states, "one"), 30_000)).status, "SUCCEEDED");
    assert.equal(started.length, 2, "a video's container and the scan's, each started once");
  });
}

test("a start that the account's vCPUs do not allow is retried for hours", async (t) => {
  const noted: unknown[] = [];
  const hour = 3600_000;
  let refused = 0;
  const states = await startTestStates(t, {
    definition: localDefinition("us-east-1"),
    async invokeFunction(arn, payload) {
      if (functionName(arn) === "noteFailure") noted.push(payload);
      return functionName(arn) === "check" ? plan(["text"], "before") : {};
    },
    async runTask(parameters) {
      if (states.clock.now() < begun + 5 * hour) {
        refused += 1;
        throw new ServiceError(
          "ClientException",
          "You’ve reached the limit on the number of vCPUs you can run concurrently",
        );
      }
      const { Overrides } = parameters as {
        Overrides: { ContainerOverrides: [{ Environment: { Name: string; Value: string }[] }] };
      };
      const taskToken = Overrides.ContainerOverrides[0].Environment.find(({ Name }) => Name === "TASK_TOKEN")?.Value;
      states.clock.wake(states.clock.now() + 1000, () => {
        void states.client.send(new SendTaskSuccessCommand({ taskToken, output: "{}" }));
      });
      return { Tasks: [{}], Failures: [] };
    },
  });
  const begun = states.clock.now();
  assert.equal((await states.ended(await start(states, "one"), 120_000)).status, "SUCCEEDED");
  assert.deepEqual(noted, []);
  assert.ok(refused > 5 && refused < 120, `${refused} tries: seldom enough not to cost`);
});
