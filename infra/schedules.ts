import { sweepSchedule } from "./function-list.ts";
import { arnOf, functionArn, nameOf, takenBy } from "./names.ts";
import { policyOf, type Right } from "./rights.ts";

/** One-shot schedules that the application makes and takes away: expiries, and the warnings before them. */
const group = new aws.scheduler.ScheduleGroup("DeadlinesGroup", { name: nameOf("deadlines") });

const deadlinesRole = invoker("Deadlines", functionArn("deadlines"));

export const Deadlines = new sst.Linkable("Deadlines", {
  properties: { group: group.name, role: deadlinesRole.arn, target: functionArn("deadlines") },
});

/** To make, change and take away deadlines, each of which runs with the one role. */
export const setDeadlines: Right[] = [
  {
    actions: ["scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:UpdateSchedule"],
    resources: [arnOf("scheduler", $interpolate`schedule/${group.name}/*`)],
  },
  {
    actions: ["iam:PassRole"],
    resources: [deadlinesRole.arn],
    conditions: [{ test: "StringEquals", variable: "iam:PassedToService", values: ["scheduler.amazonaws.com"] }],
  },
];

/** What recurs, apart from what the application may touch. */
export const recurring = new aws.scheduler.ScheduleGroup("RecurringGroup", { name: nameOf("recurring") });

/** The backstop: what events and deadlines have missed is found within a day. */
new aws.scheduler.Schedule("Sweep", {
  groupName: recurring.name,
  scheduleExpression: sweepSchedule,
  flexibleTimeWindow: { mode: "FLEXIBLE", maximumWindowInMinutes: 60 },
  target: {
    arn: functionArn("sweep"),
    roleArn: invoker("Sweep", functionArn("sweep")).arn,
    retryPolicy: { maximumEventAgeInSeconds: 6 * 3600, maximumRetryAttempts: 5 },
  },
});

function invoker(name: string, functionArn: $util.Output<string>) {
  return new aws.iam.Role(`${name}ScheduleRole`, {
    assumeRolePolicy: takenBy("scheduler.amazonaws.com"),
    inlinePolicies: [
      { name: "inline", policy: policyOf([{ actions: ["lambda:InvokeFunction"], resources: [functionArn] }]) },
    ],
  });
}
