/** What must be true of everything that a deployment makes. A rule answers its faults, a sentence each; none is good. */
import { table } from "../../lib/db/indexes.ts";
import { uploadRules } from "../upload-rules.ts";
import { DEPLOYERS_KEY, type Resource, type Stack } from "./evaluate.ts";
import { priceAtRest } from "./rest-prices.ts";

/** `actionsOfCode`: the IAM actions that the application's calls need. */
export type Rule = (stack: Stack, actionsOfCode: string[]) => string[];

type Statement = {
  Effect: string;
  Action: string | string[];
  Resource?: string | string[];
  Principal?: string | Record<string, string | string[]>;
  Condition?: Record<string, Record<string, unknown>>;
};

/** What a function's runtime does for it. */
const LOGGING = ["logs:CreateLogStream", "logs:PutLogEvents"];
/** Functions that are not ours to shape: Lambda@Edge has no arm64, no reserved concurrency and logs of its own. */
const EDGE = "WebEdgeFunction";
const MAX_LOG_DAYS = 90;
const MAX_TIMEOUT_SECONDS = 60;
const MAX_REST_USD = 1;

const list = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** An input deep inside a resource, by its path such as `ttl.enabled`. */
function input(resource: Resource, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], resource.inputs);
}

const text = (resource: Resource, path: string): string => String(input(resource, path) ?? "");

/** Resources of a kind, by the last part of the type: `Bucket`, or with its service, `lambda/function:Function`. */
const ofKind = ({ resources }: Stack, kind: string): Resource[] =>
  resources.filter(({ type }) => type.endsWith(kind.includes("/") ? kind : `:${kind}`));

const statementsOf = (policy: unknown): Statement[] =>
  typeof policy === "string" && policy !== ""
    ? list((JSON.parse(policy) as { Statement: Statement | Statement[] }).Statement)
    : [];

const functionsOf = (stack: Stack): Resource[] => ofKind(stack, "aws:lambda/function:Function");

/** The settings of a bucket that live in a resource of their own, found by the bucket's name. */
const settingOf = (stack: Stack, bucket: Resource, kind: string): Resource | undefined =>
  ofKind(stack, kind).find((setting) => input(setting, "bucket") === input(bucket, "bucket"));

const principalsOf = ({ Principal }: Statement): string[] =>
  typeof Principal === "string"
    ? [Principal]
    : Object.entries(Principal ?? {}).flatMap(([kind, who]) =>
        list(who).map((one) => (one === "*" || kind === "*" ? "*" : one)),
      );

export const RULES: Record<string, Rule> = {
  "no bucket is public": (stack) =>
    ofKind(stack, "s3/bucket:Bucket").flatMap((bucket) => {
      const block = settingOf(stack, bucket, "BucketPublicAccessBlock");
      const switches = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
      const open = switches.filter((one) => !block || input(block, one) !== true);
      const acl = /^public|authenticated/.test(text(bucket, "acl")) ? [`${bucket.name} has a public ACL.`] : [];
      return [...acl, ...open.map((one) => `${bucket.name} does not ${one}.`)];
    }),

  "no resource's policy lets everyone in": (stack) =>
    stack.resources.flatMap((resource) =>
      statementsOf(resource.type.startsWith("aws:iam/") ? undefined : input(resource, "policy"))
        .filter((statement) => statement.Effect === "Allow" && principalsOf(statement).includes("*"))
        .map(() => `The policy of ${resource.name} allows everyone.`),
    ),

  "buckets are encrypted, their owner's, and reached over TLS alone": (stack) =>
    ofKind(stack, "s3/bucket:Bucket").flatMap((bucket) => {
      const encryption = settingOf(stack, bucket, "BucketServerSideEncryptionConfiguration");
      const algorithm = encryption && text(encryption, "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm");
      const ownership = settingOf(stack, bucket, "BucketOwnershipControls");
      const objectOwnership = ownership && input(ownership, "rule.objectOwnership");
      const policy = settingOf(stack, bucket, "BucketPolicy");
      const tlsOnly = statementsOf(policy && input(policy, "policy")).some(
        ({ Effect, Condition }) =>
          Effect === "Deny" && list(Condition?.Bool?.["aws:SecureTransport"]).includes("false"),
      );
      return [
        ...(objectOwnership === "BucketOwnerEnforced" ? [] : [`An ACL can give objects of ${bucket.name} away.`]),
        ...(algorithm === "AES256" || algorithm === "aws:kms" ? [] : [`${bucket.name} is not encrypted.`]),
        ...(tlsOnly ? [] : [`${bucket.name} answers without TLS.`]),
      ];
    }),

  "browsers reach the uploads from the site's own origin alone, and no other bucket": (stack) => {
    const configured = ofKind(stack, "BucketCorsConfiguration");
    const origins = configured.flatMap((cors) =>
      list(
        input(cors, "corsRules") as Record<"allowedOrigins" | "allowedMethods" | "allowedHeaders", string[]>[],
      ).flatMap((rule) => rule),
    );
    const uploads = configured.find(({ name }) => name === "UploadsCors");
    return [
      ...(uploads ? [] : ["The uploads have no CORS rule: browsers can't send."]),
      ...configured
        .filter((cors) => cors !== uploads)
        .map(({ name }) => `${name} opens a bucket that no browser needs.`),
      ...origins.flatMap(({ allowedOrigins, allowedMethods, allowedHeaders }) => [
        ...(allowedOrigins.length === 1 && /^https:\/\/[\w.-]+$/.test(allowedOrigins[0] ?? "")
          ? []
          : [`CORS allows ${allowedOrigins.join(", ") || "no origin"}.`]),
        ...allowedMethods
          .filter((method) => !uploadRules.cors.methods.includes(method))
          .map((method) => `CORS allows ${method}.`),
        ...allowedHeaders
          .filter((header) => !uploadRules.cors.headers.includes(header))
          .map((header) => `CORS allows the header ${header}.`),
      ]),
    ];
  },

  "unfinished and forgotten uploads go by the bucket's own rules": (stack) =>
    ["Uploads"].flatMap((name) => {
      const bucket = ofKind(stack, "s3/bucket:Bucket").find((one) => one.name === `${name}Bucket`);
      if (!bucket) return [`There is no bucket ${name}.`];
      const lifecycle = settingOf(stack, bucket, "BucketLifecycleConfiguration");
      const rules = list(lifecycle && (input(lifecycle, "rules") as Record<string, unknown>[]));
      const days = (path: string) =>
        rules
          .filter(({ status }) => status === "Enabled")
          .map((rule) => Number(input({ type: "", name: "", inputs: rule }, path)))
          .find((one) => one > 0);
      return [
        ...(days("abortIncompleteMultipartUpload.daysAfterInitiation") === uploadRules.abortIncompleteAfterDays
          ? []
          : [`Unfinished uploads to ${name} are not aborted.`]),
        ...(days("expiration.days") ? [] : [`Objects of ${name} are kept for ever.`]),
      ];
    }),

  "the table is on demand, recoverable, with stream, TTL and the code's keys": (stack) => {
    const tables = ofKind(stack, "dynamodb/table:Table");
    if (tables.length !== 1) return [`There are ${tables.length} tables.`];
    return tables.flatMap((one) => {
      const wanted: [string, unknown, string][] = [
        ["billingMode", "PAY_PER_REQUEST", "is not on demand"],
        ["pointInTimeRecovery.enabled", true, "can't be recovered to a point in time"],
        ["streamEnabled", true, "has no stream"],
        ["streamViewType", "NEW_AND_OLD_IMAGES", "has a stream without images"],
        ["ttl.enabled", true, "has no TTL"],
        ["ttl.attributeName", table.ttl, "has its TTL on another attribute than the code"],
        ["hashKey", table.partitionKey, "has another partition key than the code"],
        ["rangeKey", table.sortKey, "has another sort key than the code"],
        ["deletionProtectionEnabled", stack.app.stage === "production", "has the wrong protection against deletion"],
      ];
      const indexes = list(input(one, "globalSecondaryIndexes") as Record<string, string>[]);
      const described = Object.fromEntries(
        indexes.map(({ name, hashKey, rangeKey }) => [name, { partitionKey: hashKey, sortKey: rangeKey }]),
      );
      return [
        ...wanted.filter(([path, value]) => input(one, path) !== value).map(([, , fault]) => `${one.name} ${fault}.`),
        ...(JSON.stringify(described) === JSON.stringify(table.indexes)
          ? []
          : [`${one.name} has other indexes than the code.`]),
      ];
    });
  },

  "functions are called by CloudFront alone": (stack) => [
    ...ofKind(stack, "FunctionUrl").flatMap((url) => [
      ...(input(url, "authorizationType") === "AWS_IAM" ? [] : [`${url.name} is open to everyone.`]),
      ...(input(url, "cors") ? [`${url.name} answers other sites.`] : []),
    ]),
    ...ofKind(stack, "lambda/permission:Permission").flatMap((permission) =>
      input(permission, "principal") === "cloudfront.amazonaws.com" &&
      text(permission, "sourceArn").includes(":distribution/")
        ? []
        : [`${permission.name} lets ${text(permission, "principal")} call a function.`],
    ),
    ...ofKind(stack, "Distribution").flatMap((distribution) => [
      ...(/^(redirect-to-https|https-only)$/.test(text(distribution, "defaultCacheBehavior.viewerProtocolPolicy"))
        ? []
        : ["The site answers without TLS."]),
      ...(text(distribution, "defaultCacheBehavior.lambdaFunctionAssociations.0.eventType") === "origin-request"
        ? []
        : ["Bodies of POST requests are not signed for the function's URL."]),
    ]),
  ],

  "functions run Node 24 on arm64, end in time, are limited and keep their logs for a while": (stack) => {
    const groups = ofKind(stack, "LogGroup");
    return [
      ...functionsOf(stack).flatMap((one) => {
        const edge = one.name === EDGE;
        const timeout = Number(input(one, "timeout"));
        return [
          ...(input(one, "runtime") === "nodejs24.x" ? [] : [`${one.name} runs ${text(one, "runtime")}.`]),
          ...(timeout > 0 && timeout <= MAX_TIMEOUT_SECONDS ? [] : [`${one.name} may run for ${timeout} s.`]),
          ...(edge || text(one, "architectures.0") === "arm64" ? [] : [`${one.name} is not on arm64.`]),
          ...(edge || Number(input(one, "reservedConcurrentExecutions")) > 0 ? [] : [`${one.name} has no limit.`]),
          ...(edge ||
          groups.some((group) => text(one, "loggingConfig.logGroup").startsWith(text(group, "namePrefix") || "?"))
            ? []
            : [`${one.name} logs to a group that nobody looks after.`]),
        ];
      }),
      ...groups
        .filter(
          (group) =>
            !(Number(input(group, "retentionInDays")) > 0 && Number(input(group, "retentionInDays")) <= MAX_LOG_DAYS),
        )
        .map(({ name }) => `${name} keeps logs for longer than ${MAX_LOG_DAYS} days.`),
    ];
  },

  "no policy has a star": (stack) =>
    ofKind(stack, "iam/role:Role").flatMap((role) => [
      ...inlineStatements(role).flatMap(({ Action, Resource }) =>
        [
          ...list(Action).filter((action) => action.includes("*")),
          // A star inside an ARN names the objects of one bucket, the indexes of one table or the streams of one log group.
          ...list(Resource).filter(
            (one) =>
              !/^arn:aws:(s3:::[\w.-]+(\/\*)?|dynamodb:[\w:-]+table\/[\w-]+(\/index\/\*)?|logs:[\w:-]+log-group:[\w/-]+:\*)$/.test(
                one,
              ),
          ),
        ].map((star) => `${role.name} may ${star}.`),
      ),
      ...list(input(role, "managedPolicyArns") as string[]).map((arn) => `${role.name} has the managed policy ${arn}.`),
    ]),

  "only Lambda takes a role": (stack) =>
    ofKind(stack, "iam/role:Role").flatMap((role) =>
      statementsOf(input(role, "assumeRolePolicy"))
        .flatMap(principalsOf)
        .filter((who) => who !== "lambda.amazonaws.com" && who !== "edgelambda.amazonaws.com")
        .map((who) => `${role.name} can be taken by ${who}.`),
    ),

  "the web function may do what its code calls, and nothing else; no other function may do anything": (
    stack,
    actionsOfCode,
  ) =>
    ofKind(stack, "iam/role:Role").flatMap((role) => {
      const allowed = [...new Set(inlineStatements(role).flatMap(({ Action }) => list(Action)))];
      const needed = /^WebServer/.test(role.name) ? [...actionsOfCode, ...LOGGING] : [];
      return [
        ...needed
          .filter((action) => !allowed.includes(action))
          .map((action) => `${role.name} may not ${action}, which the code calls.`),
        ...allowed
          .filter((action) => !needed.includes(action))
          .map((action) => `${role.name} may ${action}, which no code calls.`),
      ];
    }),

  "nothing runs while nobody calls, and a month of rest costs under a dollar": (stack) => {
    const { unknown, usd, computeUsd } = priceAtRest(stack.resources);
    return [
      ...unknown.map((type) => `What ${type} costs at rest is not known.`),
      ...(computeUsd === 0 ? [] : [`Compute costs $${computeUsd.toFixed(2)} a month at rest.`]),
      ...(usd < MAX_REST_USD ? [] : [`A month of rest costs $${usd.toFixed(2)}.`]),
    ];
  },

  "no queue is polled at rest, outlives its function's patience, or loses what fails": (stack) => [
    ...ofKind(stack, "EventSourceMapping")
      .filter((mapping) => /:sqs:/.test(text(mapping, "eventSourceArn")) && input(mapping, "enabled") !== false)
      .map(({ name }) => `${name} polls its queue while nobody calls.`),
    ...ofKind(stack, "sqs/queue:Queue").flatMap((queue) => {
      const longest = Math.max(0, ...functionsOf(stack).map((one) => Number(input(one, "timeout"))));
      const failed = /DeadLetter|Failed/.test(queue.name);
      return [
        ...(failed || input(queue, "redrivePolicy") ? [] : [`${queue.name} has no dead-letter queue.`]),
        ...(failed || Number(input(queue, "visibilityTimeoutSeconds")) >= longest
          ? []
          : [`${queue.name} hands a message out again while it is worked on.`]),
      ];
    }),
  ],

  "failures, throttling and the bill are told to someone": (stack) => {
    const alarms = ofKind(stack, "MetricAlarm");
    const watched = new Set(alarms.map((alarm) => `${text(alarm, "namespace")} ${text(alarm, "metricName")}`));
    const wanted = [
      "AWS/Lambda Errors",
      "AWS/Lambda Throttles",
      "AWS/DynamoDB ReadThrottleEvents",
      "AWS/DynamoDB WriteThrottleEvents",
    ];
    const budgets = ofKind(stack, "Budget");
    return [
      ...wanted.filter((metric) => !watched.has(metric)).map((metric) => `Nobody is told of ${metric}.`),
      ...alarms
        .filter((alarm) => list(input(alarm, "alarmActions")).length === 0)
        .map(({ name }) => `The alarm ${name} tells nobody.`),
      ...alarms
        .filter((alarm) => input(alarm, "treatMissingData") !== "notBreaching")
        .map(({ name }) => `The alarm ${name} rings at rest.`),
      ...(budgets.some((budget) => list(input(budget, "notifications")).length > 0)
        ? []
        : ["Nobody is told of the bill."]),
    ];
  },

  "production keeps its data; every other stage goes without a trace": ({ app, resources }) => {
    const production = app.stage === "production";
    const kept = app.protect && app.removal !== "remove";
    const buckets = resources.filter(({ type }) => type === "aws:s3/bucket:Bucket");
    return [
      ...(production && !kept ? ["Production can be removed with its data."] : []),
      ...(!production && (app.protect || app.removal !== "remove") ? [`${app.stage} leaves something behind.`] : []),
      ...buckets
        .filter(({ name }) => name !== "WebAssetsBucket")
        .filter((bucket) => input(bucket, "forceDestroy") !== !production)
        .map(({ name }) => (production ? `${name} can be removed with files in it.` : `${name} can't be removed.`)),
    ];
  },

  "the deployer's own environment is kept nowhere": (stack) => [
    ...(JSON.stringify(stack.resources).includes(DEPLOYERS_KEY)
      ? ["A resource holds the deployer's credentials."]
      : []),
    ...ofKind(stack, "local:Command").flatMap((command) =>
      Object.keys(input(command, "environment") as object)
        .filter((name) => /^AWS_|SECRET_|TOKEN|PASSW/.test(name))
        .map((name) => `${command.name} keeps the deployer's ${name}.`),
    ),
  ],

  "links have the names that the code reads": (stack) => {
    const links = ofKind(stack, "local:Command").map((one) => input(one, "environment") as Record<string, string>);
    const names = ["SST_RESOURCE_App", "SST_RESOURCE_LinkSecret", "SST_RESOURCE_Table", "SST_RESOURCE_Uploads"];
    return links.some((environment) => names.every((name) => name in environment)) ? [] : ["A link is missing."];
  },
};

function inlineStatements(role: Resource): Statement[] {
  return list(input(role, "inlinePolicies") as { policy: string }[]).flatMap(({ policy }) => statementsOf(policy));
}

/** Every fault, under the name of the rule that found it. */
export const faultsOf = (stack: Stack, actionsOfCode: string[]): { rule: string; fault: string }[] =>
  Object.entries(RULES).flatMap(([rule, check]) => check(stack, actionsOfCode).map((fault) => ({ rule, fault })));
