import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ResourceNotFoundException,
  UpdateScheduleCommand,
  ValidationException,
} from "@aws-sdk/client-scheduler";
import { startTestCloud, type TestCloud } from "../../testing/cloud.ts";
import { until } from "../../testing/until.ts";

const NOTE = "export const handler = async (event) => { seen(event); };";
const at = (ms: number): string => `at(${new Date(Date.now() + ms).toISOString().slice(0, 19)})`;

function schedule(cloud: TestCloud, Name: string, ScheduleExpression: string, input: object = { name: Name }) {
  const { group, role, target } = JSON.parse(cloud.resources["SST_RESOURCE_Deadlines"] ?? "") as Record<string, string>;
  return {
    Name,
    GroupName: group,
    ScheduleExpression,
    FlexibleTimeWindow: { Mode: "OFF" as const },
    ActionAfterCompletion: "DELETE" as const,
    Target: { Arn: target, RoleArn: role, Input: JSON.stringify(input) },
  };
}

test("a one-time schedule calls its function with its input, and is deleted", async (t) => {
  const cloud = await startTestCloud(t, { deadlines: NOTE });
  const input = schedule(cloud, "soon", at(3600_000), {
    at: "<aws.scheduler.scheduled-time>",
    by: "<aws.scheduler.schedule-arn>",
  });
  const { ScheduleArn } = await cloud.scheduler.send(new CreateScheduleCommand(input));
  const name = { Name: "soon", GroupName: input.GroupName };
  const described = await cloud.scheduler.send(new GetScheduleCommand(name));
  assert.equal(described.Arn, ScheduleArn);
  assert.equal(described.State, "ENABLED");
  assert.deepEqual(described.Target, input.Target);
  assert.ok(described.CreationDate instanceof Date);
  const soon = { ...input, ScheduleExpression: at(1000) };
  await cloud.scheduler.send(new UpdateScheduleCommand(soon));
  await until("the call", () => cloud.seen("deadlines").length === 1);
  const due = /\((.*)\)/.exec(soon.ScheduleExpression)?.[1];
  assert.deepEqual(cloud.seen("deadlines"), [{ at: `${due}Z`, by: ScheduleArn }]);
  await assert.rejects(
    cloud.scheduler.send(new GetScheduleCommand(name)),
    (error) => error instanceof ResourceNotFoundException,
  );
});

test("a name can be used once; a request with the same token counts as the same request", async (t) => {
  const cloud = await startTestCloud(t, {});
  const { scheduler } = cloud;
  const input = schedule(cloud, "a", "at(2030-01-01T00:00:00)");
  const name = { Name: "a", GroupName: input.GroupName };
  const first = await scheduler.send(new CreateScheduleCommand({ ...input, ClientToken: "one" }));
  assert.deepEqual(
    (await scheduler.send(new CreateScheduleCommand({ ...input, ClientToken: "one" }))).ScheduleArn,
    first.ScheduleArn,
  );
  await assert.rejects(
    scheduler.send(new CreateScheduleCommand({ ...input, ClientToken: "two" })),
    (error) => error instanceof ConflictException,
  );
  await scheduler.send(new UpdateScheduleCommand({ ...input, ScheduleExpression: "at(2031-01-01T00:00:00)" }));
  assert.equal((await scheduler.send(new GetScheduleCommand(name))).ScheduleExpression, "at(2031-01-01T00:00:00)");
  await scheduler.send(new DeleteScheduleCommand(name));
  const missing = [
    scheduler.send(new DeleteScheduleCommand(name)),
    scheduler.send(new UpdateScheduleCommand(input)),
    scheduler.send(new CreateScheduleCommand({ ...input, GroupName: "nobody's" })),
  ];
  for (const request of missing) await assert.rejects(request, (error) => error instanceof ResourceNotFoundException);
  for (const expression of ["at(tomorrow)", "cron(* * * * *)", "every day"])
    await assert.rejects(
      scheduler.send(new CreateScheduleCommand({ ...input, ScheduleExpression: expression })),
      (error) => error instanceof ValidationException,
    );
});

test("schedules survive a restart, and one that came due meanwhile is called once", async (t) => {
  const cloud = await startTestCloud(t, { deadlines: NOTE, sweep: NOTE });
  const { scheduler } = cloud;
  for (const [name, expression] of [
    ["over", at(-60_000)],
    ["later", at(3600_000)],
  ] as const)
    await scheduler.send(
      new CreateScheduleCommand({
        ...schedule(cloud, name, expression),
        ...(name === "over" ? { State: "DISABLED" } : {}),
      }),
    );
  // Due after the cloud was killed: a slow machine takes longer until then.
  const called = (name: string) => cloud.seen("deadlines").filter((event) => (event as { name: string }).name === name);
  let missed = "";
  let due = 0;
  for (let ms = 1500; missed === "" || called(missed).length > 0; ms *= 2) {
    if (missed !== "") await cloud.start();
    missed = `missed by ${ms}`;
    const expression = at(ms);
    due = Date.parse(`${expression.slice(3, -1)}Z`);
    await scheduler.send(
      new CreateScheduleCommand({ ...schedule(cloud, "missed", expression, { name: missed }), Name: `missed-${ms}` }),
    );
    await cloud.stop("kill");
  }
  await until("it to be due", () => Date.now() > due);
  await cloud.start();
  await until("the missed one", () => called(missed).length > 0);
  assert.equal(called(missed).length, 1);
  assert.deepEqual([...called("over"), ...called("later")], []);
  const sweep = await scheduler.send(new GetScheduleCommand({ Name: "sweep" }));
  assert.equal(sweep.ScheduleExpression, "cron(0 4 * * ? *)");
  assert.deepEqual(cloud.seen("sweep"), []);
  const { GroupName } = schedule(cloud, "", "");
  for (const Name of ["over", "later"]) await scheduler.send(new GetScheduleCommand({ Name, GroupName }));
});
