/** The scheduler, with the daily sweep. */
import { join } from "node:path";
import { functionArn, roleArn } from "../../core/arns.ts";
import { sweepSchedule } from "../../declaration.ts";
import { SCHEDULE_GROUP } from "../../environment.ts";
import type { LocalCloud } from "../../service.ts";
import * as lambda from "../lambda/index.ts";
import * as sqs from "../sqs/index.ts";
import { createScheduler } from "./api.ts";

export async function open({ environment, ledger, say, use }: LocalCloud) {
  const { home, region } = environment;
  const { setAside } = await use(sqs);
  const { functions, queue } = await use(lambda);
  const scheduler = createScheduler({
    file: join(home, "data", "events", "scheduler.sqlite"),
    region,
    groups: [SCHEDULE_GROUP],
    functions: functions.names,
    queue,
    deadLetter: (_arn, body) => setAside(JSON.parse(body) as object),
    ledger,
    onError: say,
  });
  return {
    ...scheduler,
    start() {
      if (functions.names.includes("sweep")) scheduler.declare("sweep", sweepEvery(region));
      scheduler.start();
    },
  };
}

const sweepEvery = (region: string) => ({
  ScheduleExpression: sweepSchedule,
  ScheduleExpressionTimezone: "UTC",
  Target: { Arn: functionArn(region, "sweep"), RoleArn: roleArn("dormouse-local-sweep") },
  FlexibleTimeWindow: { Mode: "OFF" as const },
  State: "ENABLED" as const,
  ActionAfterCompletion: "NONE" as const,
});
