/** What the bucket of uploads allows browsers to do, and when it gives up: the same on AWS and in the local cloud. */
export const uploadRules = {
  cors: {
    methods: ["GET", "HEAD", "PUT"],
    // What the upload engine sends, and no more.
    headers: ["content-type", "if-none-match", "range", "x-amz-checksum-crc64nvme"],
    expose: ["ETag", "x-amz-checksum-crc64nvme"],
    maxAgeSeconds: 86_400,
  },
  /** From an upload's beginning, as S3 counts; the application aborts a week after the last activity. */
  abortIncompleteAfterDays: 14,
};

/** What the bucket of renditions allows browsers to do. */
export const derivedRules = {
  cors: {
    methods: ["GET", "HEAD"],
    headers: ["range"],
    expose: ["ETag", "content-length", "content-range"],
    maxAgeSeconds: 86_400,
  },
};

/** Signed URLs are refused by S3 when it is asked for an object with this tag: see docs/decisions/signed-urls.md. */
export const ACCESS_TAG = "access";

const tagged = (value: string) => [
  { test: "StringEquals", variable: `s3:ExistingObjectTag/${ACCESS_TAG}`, values: [value] },
  // Roles that read with headers, as the workflow's, go on.
  { test: "StringEquals", variable: "s3:authType", values: ["REST-QUERY-STRING"] },
];

/** What the buckets' policies deny everybody, each by conditions that hold together. */
export const signedUrlDenials = [
  // Closed: none opens it.
  tagged("closed"),
  // Recent: those that were signed in the last minute open it, no older one.
  [...tagged("recent"), { test: "NumericGreaterThan", variable: "s3:signatureAge", values: ["60000"] }],
];

/** That policy of a bucket as the JSON that S3 takes. */
export const policyDocument = (bucket: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: signedUrlDenials.map((conditions) => ({
      ...{ Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/*` },
      Condition: conditionsOf(conditions),
    })),
  });

type Condition = { test: string; variable: string; values: string[] };

function conditionsOf(conditions: Condition[]): Record<string, Record<string, string[]>> {
  const byTest: Record<string, Record<string, string[]>> = {};
  for (const { test, variable, values } of conditions) byTest[test] = { ...byTest[test], [variable]: values };
  return byTest;
}
