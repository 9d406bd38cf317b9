import { Api } from "./api.ts";
import { functions } from "./functions.ts";
import { workflowArn } from "./names.ts";
import { failedQueueName } from "./queue.ts";
import { recurring } from "./schedules.ts";
import { readSettings } from "./settings.ts";
import { Table } from "./table.ts";
import { clusterArn } from "./tasks.ts";
import { Web } from "./web.ts";

const settings = readSettings();

/** Where alarms and the budget speak. Not encrypted by SNS's own key: CloudWatch may not use that, and would be mute. */
const Alarms = new aws.sns.Topic("Alarms");

const { accountId } = aws.getCallerIdentityOutput();

new aws.sns.TopicPolicy("AlarmsPolicy", {
  arn: Alarms.arn,
  policy: aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        actions: ["SNS:Publish"],
        resources: [Alarms.arn],
        principals: [{ type: "Service", identifiers: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] }],
        conditions: [{ test: "StringEquals", variable: "aws:SourceAccount", values: [accountId] }],
      },
      // EventBridge does not say for whom it publishes to a topic: a condition on that would make it mute.
      {
        actions: ["SNS:Publish"],
        resources: [Alarms.arn],
        principals: [{ type: "Service", identifiers: ["events.amazonaws.com"] }],
      },
    ],
  }).json,
});

if (settings.alarmEmail) {
  new aws.sns.TopicSubscription("AlarmsMail", { topic: Alarms.arn, protocol: "email", endpoint: settings.alarmEmail });
}

const functionName = Web.nodes.server!.apply((server) => server!.nodes.function.name);

/**
 * A metric over five minutes that is to stay at or below `threshold`; no data is good news, since idle is the rule. Ten
 * are free of charge: so there is none for each function, but one where what all of them fail at ends up.
 */
type Watch = {
  namespace: string;
  metric: string;
  dimensions: Record<string, $util.Input<string>>;
  statistic: string;
  threshold: number;
  says: string;
};

const web = { FunctionName: functionName };
const table = { TableName: Table.name };
const changes = { FunctionName: functions.changes.name };
const failed = { QueueName: failedQueueName };
const WATCHED: Record<string, Watch> = {
  WebErrors: {
    namespace: "AWS/Lambda",
    // Those that it answers itself as well as those that it breaks off over.
    metric: "Url5xxCount",
    dimensions: web,
    statistic: "Sum",
    threshold: 5,
    says: "The web function answers with errors: see its log group.",
  },
  WebThrottles: {
    namespace: "AWS/Lambda",
    metric: "Throttles",
    dimensions: web,
    statistic: "Sum",
    threshold: 0,
    says: "More requests at once than the web function's reserved concurrency: raise DORMOUSE_MAX_INSTANCES.",
  },
  ApiErrors: {
    namespace: "AWS/ApiGateway",
    metric: "5xx",
    dimensions: { ApiId: Api.nodes.api.id },
    statistic: "Sum",
    threshold: 5,
    says: "The program interface answers with errors: see the log groups of `api` and `authorize`.",
  },
  TableReadThrottles: {
    namespace: "AWS/DynamoDB",
    metric: "ReadThrottleEvents",
    dimensions: table,
    statistic: "Sum",
    threshold: 0,
    says: "DynamoDB turned reads away: one key is used too often.",
  },
  TableWriteThrottles: {
    namespace: "AWS/DynamoDB",
    metric: "WriteThrottleEvents",
    dimensions: table,
    statistic: "Sum",
    threshold: 0,
    says: "DynamoDB turned writes away: one key is used too often.",
  },
  FailedWaiting: {
    namespace: "AWS/SQS",
    metric: "ApproximateAgeOfOldestMessage",
    dimensions: failed,
    statistic: "Maximum",
    threshold: 900,
    says: "What a consumer of events gave up on waits for over a quarter of an hour to be done again.",
  },
  SchedulesDropped: {
    namespace: "AWS/Scheduler",
    metric: "InvocationDroppedCount",
    dimensions: { ScheduleGroup: recurring.name },
    statistic: "Sum",
    threshold: 0,
    says: "The daily sweep or the scanner's signatures could not be started for six hours: see the queue of what recurs.",
  },
  ChangesLate: {
    namespace: "AWS/Lambda",
    metric: "IteratorAge",
    dimensions: changes,
    statistic: "Maximum",
    threshold: 900_000,
    says: "Changes of transfers are looked at over a quarter of an hour late: see the log group of `changes`.",
  },
  // Without dimensions, a metric of Lambda is that of every function in the account and region.
  FunctionErrors: {
    namespace: "AWS/Lambda",
    metric: "Errors",
    dimensions: {},
    statistic: "Sum",
    threshold: 20,
    says: "Functions of this account fail again and again: see the log groups of steps and consumers.",
  },
  FunctionThrottles: {
    namespace: "AWS/Lambda",
    metric: "Throttles",
    dimensions: {},
    statistic: "Sum",
    threshold: 100,
    says: "Functions of this account are called more often at once than they may be: events and runs wait and are repeated.",
  },
};

for (const [name, { namespace, metric, dimensions, statistic, threshold, says }] of Object.entries(WATCHED)) {
  new aws.cloudwatch.MetricAlarm(name, {
    alarmDescription: says,
    namespace,
    metricName: metric,
    dimensions,
    ...(statistic.startsWith("p") ? { extendedStatistic: statistic } : { statistic }),
    period: 300,
    evaluationPeriods: 1,
    threshold,
    comparisonOperator: "GreaterThanThreshold",
    treatMissingData: "notBreaching",
    alarmActions: [Alarms.arn],
    okActions: [Alarms.arn],
  });
}

/**
 * What AWS tells by itself, free of charge and of each one: runs that did not end well, and containers that did not start
 * or ended in a failure.
 */
const TOLD = {
  RunEndedBadly: {
    pattern: {
      source: ["aws.states"],
      "detail-type": ["Step Functions Execution Status Change"],
      detail: { stateMachineArn: [workflowArn], status: ["FAILED", "TIMED_OUT", "ABORTED"] },
    },
    paths: { status: "$.detail.status", run: "$.detail.name" },
    says: "A delivery workflow ended as <status>: <run>. The transfer's page says why, and starts it again.",
  },
  TaskEndedBadly: {
    pattern: {
      source: ["aws.ecs"],
      "detail-type": ["ECS Task State Change"],
      detail: {
        clusterArn: [clusterArn],
        lastStatus: ["STOPPED"],
        $or: [{ stopCode: ["TaskFailedToStart"] }, { containers: { exitCode: [{ "anything-but": [0] }] } }],
      },
    },
    paths: { task: "$.detail.group", why: "$.detail.stoppedReason" },
    says: "A container did not start or ended in a failure: <task>, <why>. See its log group.",
  },
};

for (const [name, { pattern, paths, says }] of Object.entries(TOLD)) {
  const rule = new aws.cloudwatch.EventRule(name, { eventPattern: $jsonStringify(pattern), description: says });
  new aws.cloudwatch.EventTarget(`${name}Target`, {
    rule: rule.name,
    arn: Alarms.arn,
    inputTransformer: { inputPaths: paths, inputTemplate: JSON.stringify(says) },
  });
}

/** What is watched, and how much it is used, on one page of the console. */
new aws.cloudwatch.Dashboard("Dashboard", {
  dashboardName: `dormouse-${$app.stage}`,
  dashboardBody: $jsonStringify({
    widgets: [
      widget("Web: invocations, errors, throttles", 0, [
        ["AWS/Lambda", "Invocations", "FunctionName", functionName],
        ["AWS/Lambda", "Errors", "FunctionName", functionName],
        ["AWS/Lambda", "Throttles", "FunctionName", functionName],
      ]),
      widget("Web: duration", 1, [["AWS/Lambda", "Duration", "FunctionName", functionName, { stat: "p99" }]]),
      widget("Table: consumed capacity", 2, [
        ["AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", Table.name],
        ["AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", Table.name],
      ]),
      widget("Deliveries: begun, done, failed", 3, [
        ["AWS/States", "ExecutionsStarted", "StateMachineArn", workflowArn],
        ["AWS/States", "ExecutionsSucceeded", "StateMachineArn", workflowArn],
        ["AWS/States", "ExecutionsFailed", "StateMachineArn", workflowArn],
        ["AWS/States", "ExecutionsTimedOut", "StateMachineArn", workflowArn],
      ]),
      widget(
        "Steps and consumers: errors",
        4,
        Object.values(functions).map(({ name }) => ["AWS/Lambda", "Errors", "FunctionName", name]),
      ),
      widget("What failed and waits", 5, [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", failedQueueName, { stat: "Maximum" }],
      ]),
    ],
  }),
});

function widget(title: string, at: number, metrics: unknown[]) {
  const { region } = aws.getRegionOutput();
  const properties = { title, metrics, region, stat: "Sum", period: 300, view: "timeSeries" };
  return { type: "metric", x: (at % 2) * 12, y: Math.floor(at / 2) * 6, width: 12, height: 6, properties };
}

/**
 * The month's bill, told when it is reached and when it is foreseen. It is the whole account's: what is filtered by a tag
 * stays at zero until the owner has activated that tag for billing.
 */
if (settings.monthlyBudget !== undefined) {
  new aws.budgets.Budget("Budget", {
    budgetType: "COST",
    timeUnit: "MONTHLY",
    limitAmount: String(settings.monthlyBudget),
    limitUnit: "USD",
    notifications: ["ACTUAL", "FORECASTED"].map((notificationType) => ({
      notificationType,
      comparisonOperator: "GREATER_THAN",
      threshold: 100,
      thresholdType: "PERCENTAGE",
      subscriberSnsTopicArns: [Alarms.arn],
    })),
  });
}
