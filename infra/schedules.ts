import { sweepSchedule } from "./function-list.ts";
import { arnOf, assumedBy, functionArn, nameOf } from "./names.ts";
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

/** What could not be started for all that time is kept here for two weeks, with the reason in its attributes. */
export const recurringFailed = new aws.sqs.Queue("RecurringFailed", {
  messageRetentionSeconds: 14 * 24 * 3600,
  sqsManagedSseEnabled: true,
  visibilityTimeoutSeconds: 6 * 900,
});

/** Of a schedule's role: to put it there. */
export const setAside: Right = { actions: ["sqs:SendMessage"], resources: [recurringFailed.arn] };

/** The backstop: what events and deadlines have missed is found within a day. */
new aws.scheduler.Schedule("Sweep", {
  groupName: recurring.name,
  scheduleExpression: sweepSchedule,
  flexibleTimeWindow: { mode: "FLEXIBLE", maximumWindowInMinutes: 60 },
  target: {
    arn: functionArn("sweep"),
    roleArn: invoker("Sweep", functionArn("sweep"), setAside).arn,
    deadLetterConfig: { arn: recurringFailed.arn },
    retryPolicy: { maximumEventAgeInSeconds: 6 * 3600, maximumRetryAttempts: 5 },
  },
});

function invoker(name: string, functionArn: $util.Output<string>, ...more: Right[]) {
  return new aws.iam.Role(`${name}ScheduleRole`, {
    assumeRolePolicy: assumedBy("scheduler.amazonaws.com"),
    inlinePolicies: [
      { name: "inline", policy: policyOf([{ actions: ["lambda:InvokeFunction"], resources: [functionArn] }, ...more]) },
    ],
  });
}
