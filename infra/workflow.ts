import { workflowDefinition } from "#lib/workflow/definition.ts";
import { functions } from "./functions.ts";
import { assumedBy, workflowName } from "./names.ts";
import { network } from "./network.ts";
import { policyOf, type Right } from "./rights.ts";
import { clusterArn, tasks } from "./tasks.ts";

const { check, preview, publish, announce, finish, noteFailure } = functions;
const steps = { check, preview, publish, announce, finish, noteFailure };

const definition = $util
  .output({
    functions: map(steps, ({ arn }) => arn),
    cluster: clusterArn,
    network: { subnets: network.subnets, securityGroups: network.securityGroups },
    tasks: map(tasks, ({ family, container }) => ({ definition: family, container })),
  })
  .apply((resources) => JSON.stringify(workflowDefinition(resources)));

/** AWS knows no resources of these: they connect a state machine with its log group. */
const TELL: Right = {
  actions: [
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
  ],
  resources: ["*"],
};

/** A name of AWS's own beginning: else each state machine makes the account's one policy of log groups longer. */
const logs = new aws.cloudwatch.LogGroup("WorkflowLogs", {
  namePrefix: `/aws/vendedlogs/states/${workflowName}-`,
  retentionInDays: 30,
});

// A container reports by its token, so nothing has to watch it: no rule of EventBridge, no right to stop or see tasks.
const role = new aws.iam.Role("WorkflowRole", {
  assumeRolePolicy: assumedBy("states.amazonaws.com"),
  inlinePolicies: [
    {
      name: "inline",
      policy: policyOf([
        { actions: ["lambda:InvokeFunction"], resources: Object.values(steps).map(({ arn }) => arn) },
        ...Object.values(tasks).flatMap(({ start }) => start),
        TELL,
      ]),
    },
  ],
});

/** The delivery workflow: what it does is in lib/workflow/definition.ts. Billed by transition, so standing by is free. */
new aws.sfn.StateMachine("WorkflowMachine", {
  name: workflowName,
  type: "STANDARD",
  roleArn: role.arn,
  definition,
  loggingConfiguration: { level: "ERROR", includeExecutionData: false, logDestination: $interpolate`${logs.arn}:*` },
  tracingConfiguration: { enabled: false },
});

function map<K extends string, V, R>(record: Record<K, V>, by: (value: V) => R): Record<K, R> {
  return Object.fromEntries(Object.entries<V>(record).map(([key, value]) => [key, by(value)])) as Record<K, R>;
}
