import { arnOf, executionArns, functionArn, workflowArn } from "./names.ts";
import { FailedQueue } from "./queue.ts";
import { Derived, Signatures, Uploads } from "./storage.ts";
import { Table } from "./table.ts";

/** A statement of a policy: calls by name, on resources by name. */
export type Right = {
  effect?: "allow" | "deny";
  actions: string[];
  resources: $util.Input<string>[];
  conditions?: { test: string; variable: string; values: $util.Input<string>[] }[];
};

const ROWS = [
  "dynamodb:BatchGetItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:Query",
  "dynamodb:UpdateItem",
];

/** What functions may be given, each right under the name of what it is for. */
export const rights = {
  /** Rows one by one, or together with those of the same key. */
  rowsByKey: [{ actions: ROWS.filter((action) => action !== "dynamodb:Query"), resources: [Table.arn] }],
  /** Rows by key, and a note of their use. */
  rowAndUse: [
    { actions: ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"], resources: [Table.arn] },
  ],
  rows: [{ actions: ROWS, resources: [Table.arn] }],
  /** Rows by key and by index. */
  indexedRows: [{ actions: ROWS, resources: [Table.arn, $interpolate`${Table.arn}/index/*`] }],
  /** Rows by key and by index, and their removal. */
  allRows: [
    { actions: [...ROWS, "dynamodb:DeleteItem"].sort(), resources: [Table.arn, $interpolate`${Table.arn}/index/*`] },
  ],
  readUploads: readable(Uploads),
  listUploads: [{ actions: ["s3:ListBucket"], resources: [Uploads.arn] }],
  purgeUploads: [
    ...objects(Uploads, ["s3:AbortMultipartUpload", "s3:DeleteObject"]),
    { actions: ["s3:ListBucket", "s3:ListBucketMultipartUploads"], resources: [Uploads.arn] },
  ],
  /** To close signed URLs of objects, and to open them again. */
  closeUrls: [
    ...objects(Uploads, ["s3:DeleteObjectTagging", "s3:PutObjectTagging"]),
    ...objects(Derived, ["s3:DeleteObjectTagging", "s3:PutObjectTagging"]),
  ],
  /** To sign URLs by which parts are sent, to complete multipart uploads, and to see what has arrived. */
  signUploads: objects(Uploads, ["s3:ListMultipartUploadParts", "s3:PutObject"]),
  readDerived: readable(Derived),
  writeDerived: objects(Derived, ["s3:PutObject"]),
  readSignatures: readable(Signatures),
  purgeDerived: [...objects(Derived, ["s3:DeleteObject"]), { actions: ["s3:ListBucket"], resources: [Derived.arn] }],
  /** To have files opened by the function that is made for it. */
  inspect: [{ actions: ["lambda:InvokeFunction"], resources: [functionArn("inspect")] }],
  /** To have a message sent to a webhook. */
  sendWebhooks: [{ actions: ["lambda:InvokeFunction"], resources: [functionArn("webhooks")] }],
  /** Of containers: for what they have no right to themselves. */
  askBroker: [{ actions: ["lambda:InvokeFunction"], resources: [functionArn("broker")] }],
  startRuns: [{ actions: ["states:StartExecution"], resources: [workflowArn] }],
  seeRuns: [{ actions: ["states:DescribeExecution"], resources: [executionArns] }],
  /** Of containers, by their task's token. */
  reportToRuns: [
    {
      actions: ["states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"],
      resources: [workflowArn],
    },
  ],
  /** Of functions that are called asynchronously: Lambda sends with their role what they gave up on. */
  failInto: [{ actions: ["sqs:SendMessage"], resources: [FailedQueue.properties.arn] }],
  countFailed: [{ actions: ["sqs:GetQueueAttributes"], resources: [FailedQueue.properties.arn] }],
  /** What Lambda does with a function's role to read a queue for it. */
  takeFailed: [
    {
      actions: ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
      resources: [FailedQueue.properties.arn],
    },
  ],
  /** To enable and disable what hands failed events to `redrive`. The mapping's own id would make a ring. */
  switchRedrive: [
    {
      actions: ["lambda:UpdateEventSourceMapping"],
      resources: [arnOf("lambda", "event-source-mapping:*")],
      conditions: [{ test: "ArnEquals", variable: "lambda:FunctionArn", values: [functionArn("redrive")] }],
    },
  ],
} satisfies Record<string, Right[]>;

function objects({ arn }: sst.aws.Bucket, actions: string[]): Right[] {
  return [{ actions, resources: [$interpolate`${arn}/*`] }];
}

/**
 * To read objects, and to be told when one is missing: without s3:ListBucket, S3 says “access denied” of it (GetObject in
 * the API reference), and who reads could not tell what was deleted meanwhile from a fault.
 */
function readable(bucket: sst.aws.Bucket): Right[] {
  return [...objects(bucket, ["s3:GetObject"]), { actions: ["s3:ListBucket"], resources: [bucket.arn] }];
}

export const policyOf = (statements: Right[]): $util.Output<string> =>
  aws.iam.getPolicyDocumentOutput({ statements }).json;
