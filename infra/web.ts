import { Api } from "./api.ts";
import { neverCached } from "./error-responses.ts";
import { Mail } from "./mail.ts";
import { assumedByLambda, logs, nameOf } from "./names.ts";
import { FailedQueue } from "./queue.ts";
import { Redrive } from "./redrive.ts";
import { rights } from "./rights.ts";
import { Deadlines, setDeadlines } from "./schedules.ts";
import { GrantKeys, LinkKeys, SignInKeys } from "./secret.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import { readSettings } from "./settings.ts";
import { Derived, harden, Uploads } from "./storage.ts";
import { Table } from "./table.ts";
import { derivedRules, uploadRules } from "./upload-rules.ts";
import { VIEWER_ADDRESS } from "./viewer-address.ts";
import { webFunction, webVariables } from "./web-function.ts";
import { Workflow } from "./workflow-link.ts";

const settings = readSettings();

/** What the web function's code calls, and nothing else: a check compares the two. */
const permissions = [
  ...rights.allRows,
  ...rights.readUploads,
  ...rights.purgeUploads,
  ...rights.signUploads,
  ...rights.readDerived,
  ...rights.closeUrls,
  ...rights.purgeDerived,
  ...rights.startRuns,
  ...rights.seeRuns,
  ...rights.countFailed,
  ...rights.switchRedrive,
  ...setDeadlines,
];

const group = logs("Web");

/** SECURITY_HEADERS, as CloudFront takes them: some have words of their own there. */
const headers = new aws.cloudfront.ResponseHeadersPolicy("WebHeaders", {
  name: nameOf("web"),
  securityHeadersConfig: {
    strictTransportSecurity: {
      accessControlMaxAgeSec: Number(/\d+/.exec(SECURITY_HEADERS["strict-transport-security"])?.[0]),
      includeSubdomains: true,
      override: false,
    },
    contentSecurityPolicy: { contentSecurityPolicy: SECURITY_HEADERS["content-security-policy"], override: false },
    contentTypeOptions: { override: false },
    frameOptions: { frameOption: SECURITY_HEADERS["x-frame-options"], override: false },
    referrerPolicy: { referrerPolicy: SECURITY_HEADERS["referrer-policy"], override: false },
  },
  customHeadersConfig: {
    items: (["permissions-policy", "cross-origin-opener-policy"] as const).map((header) => ({
      header,
      value: SECURITY_HEADERS[header],
      override: false,
    })),
  },
});

/** Links begin with it, whatever a request says; CloudFront's own domain is not known before the site is there. */
const ownOrigin: Record<string, string> = settings.domain ? { DORMOUSE_ORIGIN: `https://${settings.domain}` } : {};

/** OpenNext's site without what it does not use here: an image optimiser, and a cache of pages in the bucket. */
class Site extends sst.aws.Nextjs {
  protected override buildPlan(
    path: $util.Output<string>,
    name: string,
    args: sst.aws.NextjsArgs,
    resources: { bucket: sst.aws.Bucket },
  ) {
    return super.buildPlan(path, name, args, resources).apply(({ imageOptimizer: _, isrCache: __, ...plan }) =>
      Api.url.apply((DORMOUSE_API_URL) => {
        if (!plan.server) return plan;
        const environment = { ...webVariables, ...ownOrigin, DORMOUSE_API_URL };
        return { ...plan, server: { ...plan.server, environment, permissions: [] } };
      }),
    );
  }
}

/** The pages, actions and upload protocol, built by OpenNext; CloudFront alone can call its function. */
export const Web = new Site("Web", {
  buildCommand: "npm run build",
  link: [Table, Uploads, Derived, LinkKeys, GrantKeys, SignInKeys, Workflow, FailedQueue, Redrive, Deadlines, Mail],
  ...(settings.domain ? { domain: settings.domain } : {}),
  protection: "oac-with-edge-signing",
  edge: {
    viewerRequest: { injection: `event.request.headers["${VIEWER_ADDRESS}"] = { value: event.viewer.ip };` },
  },
  server: {
    architecture: "arm64",
    runtime: "nodejs24.x",
    memory: `${webFunction.memoryMb} MB`,
    timeout: `${webFunction.timeoutSeconds} seconds`,
  },
  transform: {
    assets: { cors: false },
    cdn: (args) => {
      args.customErrorResponses = neverCached.map((errorCode) => ({ errorCode, errorCachingMinTtl: 0 }));
      const behaviour = $output(args.defaultCacheBehavior).apply((given) => ({
        ...given,
        responseHeadersPolicyId: headers.id,
      }));
      args.defaultCacheBehavior = behaviour;
      // Programs are not led from HTTP to HTTPS: what one sends without TLS by mistake has to fail, so that it is noticed.
      args.orderedCacheBehaviors = [
        behaviour.apply((given) => ({ ...given, pathPattern: "/api/*", viewerProtocolPolicy: "https-only" })),
      ];
    },
    server: (args) => {
      args.permissions = [
        ...permissions,
        { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [$interpolate`${group.arn}:*`] },
      ];
      args.url = { authorization: "iam", cors: false };
      args.logging = { logGroup: group.name, format: "json" };
      // By its name, the next deployment knows what this one has reserved.
      args.name = nameOf("web");
      if (settings.reserve) args.concurrency = { reserved: settings.maxInstances };
      args.transform = {
        role: (role) => {
          role.assumeRolePolicy = assumedByLambda;
          // SST adds a policy that may write to every log group.
          role.managedPolicyArns = [];
        },
      };
    },
  },
});

harden("WebAssets", Web.nodes.assets!);

for (const [name, { bucket, cors }] of Object.entries({
  Uploads: { bucket: Uploads.name, cors: uploadRules.cors },
  Derived: { bucket: Derived.name, cors: derivedRules.cors },
})) {
  new aws.s3.BucketCorsConfiguration(`${name}Cors`, {
    bucket,
    corsRules: [
      {
        allowedOrigins: [Web.url.apply((url) => new URL(url).origin)],
        allowedMethods: cors.methods,
        allowedHeaders: cors.headers,
        exposeHeaders: cors.expose,
        maxAgeSeconds: cors.maxAgeSeconds,
      },
    ],
  });
}
