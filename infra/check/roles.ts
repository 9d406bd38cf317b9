/** What programs may do, against what their code calls. */
import type { Calls } from "./calls.ts";
import type { Resource, Stack } from "./evaluate.ts";
import {
  allowedStatements,
  functionsOf,
  inlineStatements,
  input,
  list,
  ofKind,
  principalsOf,
  rolesOf,
  type Statement,
  statementsOf,
  text,
} from "./reading.ts";

/** What a function's runtime does for it. */
export const LOGGING = ["logs:CreateLogStream", "logs:PutLogEvents"];
const STREAM = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];
const QUEUE = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];

/** What Lambda does with a function's role to connect it to a network. */
export const CONNECTING = [
  "ec2:AssignPrivateIpAddresses",
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:UnassignPrivateIpAddresses",
];

/** Of these actions AWS knows no resource: a statement with all resources is the only one there is. */
const WITHOUT_RESOURCE = [
  ...CONNECTING,
  "ecr:GetAuthorizationToken",
  "logs:CreateLogDelivery",
  "logs:DeleteLogDelivery",
  "logs:DescribeLogGroups",
  "logs:DescribeResourcePolicies",
  "logs:GetLogDelivery",
  "logs:ListLogDeliveries",
  "logs:PutResourcePolicy",
  "logs:UpdateLogDelivery",
];

/**
 * Stars inside of ARNs: the objects of one bucket, the indexes of one table, the streams of one log group, the schedules
 * of one group, the executions of one state machine, the revisions of one task definition.
 */
const NARROW =
  /^arn:aws:(s3:::[\w.-]+(\/\*)?|dynamodb:[\w:-]+table\/[\w/-]+?(\/index\/\*)?|logs:[\w:-]+log-group:[\w/-]+:\*|scheduler:[\w:-]+schedule\/[\w-]+\/\*|states:[\w:-]+:execution:[\w-]+:\*|ecs:[\w:-]+task-definition\/[\w-]+:\*|[\w-]+:[\w-]*:\d+:[\w:/.-]+|iam::\d+:role\/[\w-]+)$/;

/** Wider ones, for which the statement's condition says whose they are. */
const CONDITIONED: [resource: RegExp, condition: string][] = [
  [/^arn:aws:lambda:[\w:-]+:event-source-mapping:\*$/, "lambda:FunctionArn"],
  [/^arn:aws:ses:[\w:-]+:identity\/\*$/, "ses:FromAddress"],
];

/**
 * Rights that the site has before its code uses them: seeing an execution, setting deadlines.
 * What is used by now is a fault here.
 */
const AHEAD: Record<string, string[]> = {
  WebServer: [
    "iam:PassRole",
    "scheduler:CreateSchedule",
    "scheduler:DeleteSchedule",
    "scheduler:UpdateSchedule",
    "states:DescribeExecution",
  ],
};

/** Variables under which a condition of a statement stands. */
const conditionsOf = ({ Condition }: Statement): string[] => Object.values(Condition ?? {}).flatMap(Object.keys);

export const noStars = (stack: Stack): string[] =>
  rolesOf(stack).flatMap((role) => [
    ...inlineStatements(role).flatMap((statement) => {
      const actions = list(statement.Action);
      const given = conditionsOf(statement);
      return [
        ...actions.filter((action) => action.includes("*")),
        ...list(statement.Resource).filter(
          (one) =>
            !NARROW.test(one) &&
            !(one === "*" && actions.every((action) => WITHOUT_RESOURCE.includes(action))) &&
            !CONDITIONED.some(([resource, condition]) => resource.test(one) && given.includes(condition)),
        ),
      ].map((star) => `${role.name} may ${star}.`);
    }),
    ...list(input(role, "managedPolicyArns") as string[]).map((arn) => `${role.name} has the managed policy ${arn}.`),
  ]);

/** To hand a role on is to have its rights: to whom, and which ones, is said each time. */
export const rolesArePassedToTheirServices = (stack: Stack): string[] =>
  rolesOf(stack).flatMap((role) =>
    inlineStatements(role)
      .filter(({ Action }) => list(Action).includes("iam:PassRole"))
      .filter(
        (statement) =>
          !conditionsOf(statement).includes("iam:PassedToService") ||
          list(statement.Resource).some((arn) => !/^arn:aws:iam::\d+:role\/[\w-]+$/.test(arn)),
      )
      .map(() => `${role.name} may hand roles to other services.`),
  );

export const rightsAreCalls = (stack: Stack, calls: Calls): string[] =>
  rolesOf(stack).flatMap((role) => {
    const program = Object.keys(calls).find((name) => role.name.startsWith(name) && /Role$/.test(role.name));
    if (!program) return [];
    const called = calls[program]?.actions;
    const ahead = AHEAD[program] ?? [];
    const late = ahead
      .filter((action) => called?.includes(action))
      .map((action) => `The code calls ${action} by now: it is no longer ahead.`);
    // Nothing is known of a program that is not there.
    if (!called) return late;
    const allowed = [...new Set(allowedStatements(role).flatMap(({ Action }) => list(Action)))];
    // Without a sender nothing is sent, and there is nobody as whom it might be.
    const mute = ofKind(stack, "EmailIdentity").length === 0;
    const needed = [...called.filter((action) => !mute || action !== "ses:SendEmail"), ...runtimeOf(stack, role)];
    return [
      ...late,
      ...needed
        .filter((action) => !allowed.includes(action))
        .map((action) => `${role.name} may not ${action}, which the code calls.`),
      ...allowed
        .filter((action) => !needed.includes(action) && !ahead.includes(action))
        .map((action) => `${role.name} may ${action}, which no code calls.`),
    ];
  });

/** Who reads a bucket's objects is told which are missing, and not that access is denied. */
export const readersMayList = (stack: Stack): string[] =>
  rolesOf(stack).flatMap((role) => {
    const allowed = (action: string): string[] =>
      inlineStatements(role)
        .filter(({ Action }) => list(Action).includes(action))
        .flatMap(({ Resource }) => list(Resource));
    return allowed("s3:GetObject")
      .map((objects) => objects.replace(/\/\*$/, ""))
      .filter((bucket) => !allowed("s3:ListBucket").includes(bucket))
      .map((bucket) => `${role.name} reads ${bucket} and can't tell what is missing there from what it may not read.`);
  });

/** What the service does with a program's role on its behalf: write logs, read its source, put away what failed. */
function runtimeOf(stack: Stack, role: Resource): string[] {
  if (!/FunctionRole$|^WebServer/.test(role.name)) return [];
  const name = functionNameOf(stack, role);
  const sources = ofKind(stack, "EventSourceMapping").filter((one) => text(one, "functionName") === name);
  const failures = ofKind(stack, "FunctionEventInvokeConfig").filter((one) => text(one, "functionName") === name);
  const connected = functionsOf(stack).some((one) => text(one, "name") === name && input(one, "vpcConfig"));
  const sends = failures.length > 0 || sources.some((one) => input(one, "destinationConfig.onFailure"));
  return [
    ...LOGGING,
    ...(connected ? CONNECTING : []),
    ...(sends ? ["sqs:SendMessage"] : []),
    ...sources.flatMap((one) => (/:sqs:/.test(text(one, "eventSourceArn")) ? QUEUE : STREAM)),
  ];
}

/** A role is named after its function: `ObjectsFunctionRole` is that of `ObjectsFunctionFunction`. */
const functionNameOf = (stack: Stack, role: Resource): string =>
  ofKind(stack, "lambda/function:Function")
    .filter(({ name }) => name === role.name.replace(/Role$/, "Function"))
    .map((one) => text(one, "name"))
    .join();

/** Roles by their names, and who takes them; the rest is for functions. */
const TAKERS: [role: RegExp, services: string[]][] = [
  [/^WebEdgeFunctionRole$/, ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]],
  [/ScheduleRole$/, ["scheduler.amazonaws.com"]],
  [/^WorkflowRole$/, ["states.amazonaws.com"]],
  [/Task(Task|Execution)Role$/, ["ecs-tasks.amazonaws.com"]],
];
/** Of roles that a service takes because somebody named them to it. */
const NAMED_TO_IT = /(Schedule|Workflow|TaskTask)Role$/;

/** Every role is taken by the service that it is for; where others could name it to that service, for this account alone. */
export const rolesAreAssumedByTheirServices = (stack: Stack): string[] =>
  rolesOf(stack).flatMap((role) => {
    const [, services] = TAKERS.find(([pattern]) => pattern.test(role.name)) ?? ["", ["lambda.amazonaws.com"]];
    const statements = statementsOf(input(role, "assumeRolePolicy"));
    return [
      ...statements
        .flatMap(principalsOf)
        .filter((who) => !services.includes(who))
        .map((who) => `${role.name} can be taken by ${who}.`),
      ...statements
        .filter((one) => NAMED_TO_IT.test(role.name) && !conditionsOf(one).includes("aws:SourceAccount"))
        .map(() => `${role.name} can be taken for another account.`),
    ];
  });
