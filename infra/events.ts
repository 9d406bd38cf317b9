import { STREAM_RETRIES, streamFilter } from "./function-list.ts";
import { functions } from "./functions.ts";
import { mailEvents } from "./mail.ts";
import { FailedQueue } from "./queue.ts";
import { Uploads } from "./storage.ts";
import { Table } from "./table.ts";

/** What starts the consumers, apart from schedules and the queue of what failed. */
const { accountId } = aws.getCallerIdentityOutput();

const allowed = new aws.lambda.Permission("UploadsNotify", {
  action: "lambda:InvokeFunction",
  function: functions.objects.name,
  principal: "s3.amazonaws.com",
  sourceArn: Uploads.arn,
  sourceAccount: accountId,
});

new aws.s3.BucketNotification(
  "UploadsNotification",
  {
    bucket: Uploads.name,
    lambdaFunctions: [{ id: "objects", lambdaFunctionArn: functions.objects.arn, events: ["s3:ObjectCreated:*"] }],
  },
  { dependsOn: allowed },
);

// Lambda reads a table's stream without charge. From its beginning, since what happens meanwhile must not be missed.
new aws.lambda.EventSourceMapping("ChangesMapping", {
  eventSourceArn: Table.nodes.table.streamArn,
  functionName: functions.changes.name,
  startingPosition: "TRIM_HORIZON",
  batchSize: 100,
  bisectBatchOnFunctionError: true,
  functionResponseTypes: ["ReportBatchItemFailures"],
  maximumRetryAttempts: STREAM_RETRIES,
  filterCriteria: { filters: streamFilter.map((pattern) => ({ pattern: JSON.stringify(pattern) })) },
  destinationConfig: { onFailure: { destinationArn: FailedQueue.properties.arn } },
});

if (mailEvents) {
  const rule = new aws.cloudwatch.EventRule("MailCameBack", { eventPattern: mailEvents });
  new aws.lambda.Permission("MailCameBackNotify", {
    action: "lambda:InvokeFunction",
    function: functions.bounces.name,
    principal: "events.amazonaws.com",
    sourceArn: rule.arn,
  });
  new aws.cloudwatch.EventTarget("MailCameBackTarget", { rule: rule.name, arn: functions.bounces.arn });
}
