import { sweepSchedule } from "./function-list.ts";
import { arnOf, assumedBy, functionArn, nameOf } from "./names.ts";
import { policyOf, type Right } from "./rights.ts";

/** One-shot schedules that the application makes and takes away: expiries, and the warnings before them. */
const deadlines = oneShots("deadlines");
export const Deadlines = new sst.Linkable("Deadlines", {
  properties: { group: deadlines.group.name, role: deadlines.role.arn, target: functionArn("deadlines") },
});
export const setDeadlines: Right[] = deadlines.rights;

/** Further attempts to send to webhooks. */
const retries = oneShots("webhooks");
export const Webhooks = new sst.Linkable("Webhooks", {
  properties: {
    ...{ name: nameOf("webhooks"), target: functionArn("webhooks") },
    ...{ group: retries.group.name, role: retries.role.arn },
  },
});
export const setRetries: Right[] = retries.rights.map((right) => ({
  ...right,
  actions: right.actions.filter((action) => action !== "scheduler:DeleteSchedule"),
}));

/** A group of schedules that call one function, the role of that name, and what it takes to make, change and take them away. */
function oneShots(target: string) {
  const title = `${target[0]!.toUpperCase()}${target.slice(1)}`;
  const group = new aws.scheduler.ScheduleGroup(`${title}Group`, { name: nameOf(target) });
  const role = invoker(title, functionArn(target));
  const rights: Right[] = [
    {
      actions: ["scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:UpdateSchedule"],
      resources: [arnOf("scheduler", $interpolate`schedule/${group.name}/*`)],
    },
    {
      actions: ["iam:PassRole"],
      resources: [role.arn],
      conditions: [{ test: "StringEquals", variable: "iam:PassedToService", values: ["scheduler.amazonaws.com"] }],
    },
  ];
  return { group, role, rights };
}

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
