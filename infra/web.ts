import { readSettings } from "./settings.ts";
import { harden, Uploads } from "./storage.ts";
import { Table } from "./table.ts";
import { uploadRules } from "./upload-rules.ts";
import { webFunction } from "./web-function.ts";

const settings = readSettings();

/** Signs links and sign-in links. `npm run deploy` makes one at random for a new stage. */
export const LinkSecret = new sst.Secret("LinkSecret");

/** What the web function's code calls, and nothing else: a check compares the two. */
const permissions = [
  {
    actions: [
      "dynamodb:BatchGetItem",
      "dynamodb:BatchWriteItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ],
    resources: [Table.arn, $interpolate`${Table.arn}/index/*`],
  },
  {
    actions: [
      "s3:AbortMultipartUpload",
      "s3:DeleteObject",
      "s3:GetObject",
      "s3:ListMultipartUploadParts",
      "s3:PutObject",
    ],
    resources: [$interpolate`${Uploads.arn}/*`],
  },
  { actions: ["s3:ListBucket", "s3:ListBucketMultipartUploads"], resources: [Uploads.arn] },
];

const logs = new aws.cloudwatch.LogGroup("WebLogs", {
  namePrefix: `/${$app.name}/${$app.stage}/web-`,
  retentionInDays: 30,
});

/** OpenNext's site without what it does not use here: an image optimiser, and a cache of pages in the bucket. */
class Site extends sst.aws.Nextjs {
  protected override buildPlan(
    path: $util.Output<string>,
    name: string,
    args: sst.aws.NextjsArgs,
    resources: { bucket: sst.aws.Bucket },
  ) {
    return super
      .buildPlan(path, name, args, resources)
      .apply(({ imageOptimizer: _, isrCache: __, ...plan }) =>
        plan.server ? { ...plan, server: { ...plan.server, environment: {}, permissions: [] } } : plan,
      );
  }
}

/** The pages, actions and upload protocol, built by OpenNext; CloudFront alone can call its function. */
export const Web = new Site("Web", {
  buildCommand: "npm run build",
  link: [Table, Uploads, LinkSecret],
  ...(settings.domain ? { domain: settings.domain } : {}),
  protection: "oac-with-edge-signing",
  server: {
    architecture: "arm64",
    runtime: "nodejs24.x",
    memory: `${webFunction.memoryMb} MB`,
    timeout: `${webFunction.timeoutSeconds} seconds`,
  },
  transform: {
    assets: { cors: false },
    server: (args) => {
      args.permissions = [
        ...permissions,
        { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [$interpolate`${logs.arn}:*`] },
      ];
      args.url = { authorization: "iam", cors: false };
      args.logging = { logGroup: logs.name, format: "json" };
      args.concurrency = { reserved: settings.maxInstances };
      args.transform = {
        role: (role) => {
          // SST lets the whole account take it, and adds a policy that may write to every log group.
          role.assumeRolePolicy = $jsonStringify(
            aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
          );
          role.managedPolicyArns = [];
        },
      };
    },
  },
});

harden("WebAssets", Web.nodes.assets!);

new aws.s3.BucketCorsConfiguration("UploadsCors", {
  bucket: Uploads.name,
  corsRules: [
    {
      allowedOrigins: [Web.url.apply((url) => new URL(url).origin)],
      allowedMethods: uploadRules.cors.methods,
      allowedHeaders: uploadRules.cors.headers,
      exposeHeaders: uploadRules.cors.expose,
      maxAgeSeconds: uploadRules.cors.maxAgeSeconds,
    },
  ],
});
