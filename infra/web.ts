import { settings } from "./settings.ts";
import { encrypt, Uploads } from "./storage.ts";
import { Table } from "./table.ts";
import { uploadRules } from "./upload-rules.ts";

/** Signs links and sign-in links. `npm run deploy` makes one at random for a new stage. */
export const LinkSecret = new sst.Secret("LinkSecret");

// A link carries the name alone; what the function may do is said below, call by call.
sst.Linkable.wrap(sst.aws.Dynamo, (dynamo) => ({ properties: { name: dynamo.name }, include: [] }));
sst.Linkable.wrap(sst.aws.Bucket, (bucket) => ({ properties: { name: bucket.name }, include: [] }));

/** Only Lambda itself takes a function's role; nobody calls a function's URL but CloudFront, so it needs no CORS. */
function closeDown(args: sst.aws.FunctionArgs) {
  const trust = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
  args.transform = {
    role: (role) => {
      role.assumeRolePolicy = $jsonStringify(trust);
    },
  };
  args.url = $resolve([args.url]).apply(([url]) => ({ ...(typeof url === "object" ? url : {}), cors: false }));
}

/** The pages, actions and upload protocol, built by OpenNext; CloudFront alone can call its function. */
export const Web = new sst.aws.Nextjs("Web", {
  buildCommand: "npm run build",
  link: [Table, Uploads, LinkSecret],
  ...(settings.domain ? { domain: settings.domain } : {}),
  protection: "oac-with-edge-signing",
  server: { architecture: "arm64", memory: "1024 MB", timeout: "30 seconds" },
  transform: {
    assets: { cors: false },
    server: (args) => {
      closeDown(args);
      args.permissions = [
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
      args.concurrency = { reserved: settings.maxInstances };
      args.logging = { retention: "1 month", format: "json" };
    },
    imageOptimizer: (args) => {
      closeDown(args);
      // Pictures are shown as they are; this origin is OpenNext's and is never called.
      args.permissions = [];
      args.concurrency = { reserved: 1 };
      args.logging = { retention: "1 week" };
    },
  },
});

encrypt("WebAssetsEncryption", Web.nodes.assets!);

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
