/** What must be true of everything that a deployment makes. A rule answers its faults, a sentence each; none is good. */
import { table } from "../../lib/db/indexes.ts";
import { neverCached } from "../error-responses.ts";
import { functionList } from "../function-list.ts";
import { SECURITY_HEADERS } from "../security-headers.ts";
import { ACCESS_TAG, derivedRules, uploadRules } from "../upload-rules.ts";
import type { Calls } from "./calls.ts";
import { DELIVERY_RULES } from "./delivery-rules.ts";
import { DEPLOYERS_KEY, type Resource, type Stack } from "./evaluate.ts";
import { GATEWAY_RULES } from "./gateway-rules.ts";
import { PARSER_RULES } from "./parser-rules.ts";
import { functionsOf, input, list, ofKind, principalsOf, settingOf, statementsOf, text } from "./reading.ts";
import { priceAtRest } from "./rest-prices.ts";
import {
  noStars,
  readersMayList,
  rightsAreCalls,
  rolesAreAssumedByTheirServices,
  rolesArePassedToTheirServices,
} from "./roles.ts";

/** `calls`: the IAM actions that each program's calls need. */
export type Rule = (stack: Stack, calls: Calls) => string[];

/** Functions that are not ours to shape: Lambda@Edge has no arm64, no reserved concurrency and logs of its own. */
const EDGE = "WebEdgeFunction";
/** Of one API, by its id: all its routes, or one authorizer. */
const API_OR_AUTHORIZER = /:execute-api:[^:]*:[^:]*:[\w-]+\/(\*|authorizers\/[\w-]+)$/;
const MAX_LOG_DAYS = 90;
const MAX_REST_USD = 1;

export const RULES: Record<string, Rule> = {
  "no bucket is public": (stack) =>
    ofKind(stack, "s3/bucket:Bucket").flatMap((bucket) => {
      const block = settingOf(stack, bucket, "BucketPublicAccessBlock");
      const switches = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
      const open = switches.filter((one) => !block || input(block, one) !== true);
      const acl = /^public|authenticated/.test(text(bucket, "acl")) ? [`${bucket.name} has a public ACL.`] : [];
      return [...acl, ...open.map((one) => `${bucket.name} does not ${one}.`)];
    }),

  "the edge puts its headers on every answer": (stack) => {
    const policies = ofKind(stack, "cloudfront/responseHeadersPolicy:ResponseHeadersPolicy");
    return ofKind(stack, "cloudfront/distribution:Distribution").flatMap((distribution) =>
      behavioursOf(distribution).flatMap((behaviour) => {
        const policy = policies.find(({ name }) => `${name}-id` === text(behaviour, "responseHeadersPolicyId"));
        const set = policy ? headersOf(policy) : {};
        return Object.entries(SECURITY_HEADERS)
          .filter(([name, value]) => set[name] !== value)
          .map(([name]) => `Some answers of ${distribution.name} come without ${name}.`);
      }),
    );
  },

  "no resource's policy lets everyone in": (stack) =>
    stack.resources.flatMap((resource) =>
      // A gate's policy gives nobody a right: it says what passes of what they have elsewhere.
      statementsOf(/^aws:(iam|ec2\/vpcEndpoint)/.test(resource.type) ? undefined : input(resource, "policy"))
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

  "browsers reach uploads and derived objects from the site's own origin alone, and no other bucket": (stack) => {
    const configured = ofKind(stack, "BucketCorsConfiguration");
    const wanted = { UploadsCors: uploadRules.cors, DerivedCors: derivedRules.cors };
    return [
      ...Object.keys(wanted)
        .filter((name) => !configured.some((one) => one.name === name))
        .map((name) => `There is no ${name}: browsers can't reach the bucket.`),
      ...configured.flatMap((cors) => {
        const asked = wanted[cors.name as keyof typeof wanted];
        if (!asked) return [`${cors.name} opens a bucket that no browser needs.`];
        type Named = Record<"allowedOrigins" | "allowedMethods" | "allowedHeaders", string[]>;
        return list(input(cors, "corsRules") as Named[]).flatMap(
          ({ allowedOrigins, allowedMethods, allowedHeaders }) => [
            ...(allowedOrigins.length === 1 && /^https:\/\/[\w.-]+$/.test(allowedOrigins[0] ?? "")
              ? []
              : [`${cors.name} allows ${allowedOrigins.join(", ") || "no origin"}.`]),
            ...allowedMethods
              .filter((method) => !asked.methods.includes(method))
              .map((method) => `${cors.name} allows ${method}.`),
            ...allowedHeaders
              .filter((header) => !asked.headers.includes(header))
              .map((header) => `${cors.name} allows the header ${header}.`),
          ],
        );
      }),
    ];
  },

  "signed URLs of what was closed are refused by S3": (stack) =>
    ["Uploads", "Derived"].flatMap((name) => {
      const bucket = ofKind(stack, "s3/bucket:Bucket").find((one) => one.name === `${name}Bucket`);
      const policy = bucket && settingOf(stack, bucket, "BucketPolicy");
      const denied = statementsOf(policy && input(policy, "policy")).filter(
        (one) =>
          one.Effect === "Deny" &&
          list(one.Action).includes("s3:GetObject") &&
          list(one.Resource).some((arn) => arn.endsWith("/*")) &&
          principalsOf(one).includes("*"),
      );
      const refuses = (value: string, milliseconds?: string) =>
        denied.some(({ Condition }) => {
          const is = (test: string, variable: string) => list(Condition?.[test]?.[variable]).map(String);
          const age = is("NumericGreaterThan", "s3:signatureAge");
          return (
            is("StringEquals", `s3:ExistingObjectTag/${ACCESS_TAG}`).includes(value) &&
            is("StringEquals", "s3:authType").includes("REST-QUERY-STRING") &&
            (milliseconds === undefined ? age.length === 0 : age.includes(milliseconds))
          );
        });
      return [
        ...(refuses("closed") ? [] : [`Signed URLs open objects of ${name} that are closed.`]),
        ...(refuses("recent", "60000") ? [] : [`Old signed URLs open objects of ${name} whose link was closed.`]),
      ];
    }),

  "what is unfinished or forgotten goes by the bucket's own rules": (stack) =>
    ["Uploads", "Derived", "Signatures"].flatMap((name) => {
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

  "functions are called by CloudFront, by their own bucket, rules and API alone": (stack) => [
    ...ofKind(stack, "FunctionUrl").flatMap((url) => [
      ...(input(url, "authorizationType") === "AWS_IAM" ? [] : [`${url.name} is open to everyone.`]),
      ...(input(url, "cors") ? [`${url.name} answers other sites.`] : []),
    ]),
    ...ofKind(stack, "lambda/permission:Permission").flatMap((permission) => {
      const [who, source] = [text(permission, "principal"), text(permission, "sourceArn")];
      const site = who === "cloudfront.amazonaws.com" && source.includes(":distribution/");
      // A bucket's name may be somebody else's once it is given up: so its account is named, too.
      const bucket = who === "s3.amazonaws.com" && /^arn:aws:s3:::[\w.-]+$/.test(source);
      const rule = who === "events.amazonaws.com" && /:rule\/[\w-]+$/.test(source);
      const gateway = who === "apigateway.amazonaws.com" && API_OR_AUTHORIZER.test(source);
      return site || rule || gateway || (bucket && /^\d+$/.test(text(permission, "sourceAccount")))
        ? []
        : [`${permission.name} lets ${who} call a function.`];
    }),
    ...ofKind(stack, "Distribution")
      .flatMap(behavioursOf)
      .flatMap((behaviour) => [
        ...(/^(redirect-to-https|https-only)$/.test(text(behaviour, "viewerProtocolPolicy"))
          ? []
          : ["The site answers without TLS."]),
        ...(text(behaviour, "lambdaFunctionAssociations.0.eventType") === "origin-request"
          ? []
          : ["Bodies of POST requests are not signed for the function's URL."]),
      ]),
    ...ofKind(stack, "Distribution")
      .filter(
        (distribution) =>
          !behavioursOf(distribution).some(
            (behaviour) =>
              text(behaviour, "pathPattern") === "/api/*" && text(behaviour, "viewerProtocolPolicy") === "https-only",
          ),
      )
      .map(() => "Programs that speak without TLS are led on instead of failing."),
  ],

  "an answer is not kept when it is an error, and has a byte when it is streamed": (stack) => [
    ...ofKind(stack, "Distribution").flatMap((distribution) => {
      type Response = { errorCode: number; errorCachingMinTtl?: number };
      const told = list(input(distribution, "customErrorResponses") as Response[]);
      return neverCached
        .filter(
          (code) => !told.some(({ errorCode, errorCachingMinTtl }) => errorCode === code && errorCachingMinTtl === 0),
        )
        .map((code) => `CloudFront keeps an error ${code} for ten seconds, for everyone.`);
    }),
    ...functionsOf(stack)
      .filter(({ name }) => name !== EDGE)
      .flatMap((one) => [
        ...(input(one, "environment.variables.NODE_ENV") === "production"
          ? []
          : [`${one.name} runs React as in development.`]),
        ...(/^WebServer/.test(one.name) &&
        input(one, "environment.variables.OPEN_NEXT_FORCE_NON_EMPTY_RESPONSE") !== "true"
          ? ["An answer without a body may never end."]
          : []),
      ]),
  ],

  "functions run Node 24 on arm64, end in time, are limited and keep their logs for a while": (stack) => {
    const groups = ofKind(stack, "LogGroup");
    return [
      ...functionsOf(stack).flatMap((one) => {
        const edge = one.name === EDGE;
        const { name, timeoutSeconds, concurrency, memoryMb } = declarationOf(one.name);
        const timeout = Number(input(one, "timeout"));
        const limit = Number(input(one, "reservedConcurrentExecutions"));
        return [
          ...(input(one, "runtime") === "nodejs24.x" ? [] : [`${one.name} runs ${text(one, "runtime")}.`]),
          ...(timeout > 0 && timeout <= timeoutSeconds ? [] : [`${one.name} may run for ${timeout} s.`]),
          ...(edge || text(one, "architectures.0") === "arm64" ? [] : [`${one.name} is not on arm64.`]),
          ...(edge || (limit > 0 && limit <= concurrency) ? [] : [`${one.name} has no limit.`]),
          ...(name && Number(input(one, "memorySize")) !== memoryMb ? [`${one.name} is not sized as declared.`] : []),
          ...(edge || input(one, "loggingConfig.logFormat") === "JSON" ? [] : [`${one.name} does not log JSON.`]),
          ...(edge ||
          groups.some((group) => text(one, "loggingConfig.logGroup").startsWith(text(group, "namePrefix") || "?"))
            ? []
            : [`${one.name} logs to a group that nobody looks after.`]),
        ];
      }),
      ...Object.keys(functionList)
        .filter((name) => !functionsOf(stack).some((one) => declarationOf(one.name).name === name))
        .map((name) => `There is no function ${name}.`),
      ...groups
        .filter(
          (group) =>
            !(Number(input(group, "retentionInDays")) > 0 && Number(input(group, "retentionInDays")) <= MAX_LOG_DAYS),
        )
        .map(({ name }) => `${name} keeps logs for longer than ${MAX_LOG_DAYS} days.`),
    ];
  },

  "no policy has a star": noStars,

  "a role is handed to its own service alone": rolesArePassedToTheirServices,

  "a role is taken by its own service alone": rolesAreAssumedByTheirServices,

  "every program may do what its code calls, and nothing else": rightsAreCalls,

  "who reads objects is told which are missing": readersMayList,

  "the signer at the edge may do nothing": (stack) =>
    ofKind(stack, "iam/role:Role")
      .filter(({ name, inputs }) => name === `${EDGE}Role` && list(inputs.inlinePolicies).length > 0)
      .map(({ name }) => `${name} has rights.`),

  "nothing runs while nobody calls, and a month of rest costs under a dollar": (stack) => {
    const { unknown, usd, computeUsd } = priceAtRest(stack.resources);
    return [
      ...unknown.map((type) => `What ${type} costs at rest is not known.`),
      ...(computeUsd === 0 ? [] : [`Compute costs $${computeUsd.toFixed(2)} a month at rest.`]),
      ...(usd < MAX_REST_USD ? [] : [`A month of rest costs $${usd.toFixed(2)}.`]),
    ];
  },

  "failures, throttling and the bill are told to someone": (stack) => {
    const alarms = ofKind(stack, "MetricAlarm");
    const watched = new Set(
      alarms.map((alarm) => {
        const dimensions = Object.keys((input(alarm, "dimensions") as object | undefined) ?? {});
        return [text(alarm, "namespace"), text(alarm, "metricName"), ...dimensions].join(" ");
      }),
    );
    const wanted = [
      "AWS/Lambda Url5xxCount FunctionName",
      "AWS/Lambda Throttles FunctionName",
      "AWS/Lambda IteratorAge FunctionName",
      // Of all functions together.
      "AWS/Lambda Errors",
      "AWS/Lambda Throttles",
      "AWS/DynamoDB ReadThrottleEvents TableName",
      "AWS/DynamoDB WriteThrottleEvents TableName",
      "AWS/SQS ApproximateAgeOfOldestMessage QueueName",
      "AWS/Scheduler InvocationDroppedCount ScheduleGroup",
    ];
    const budgets = ofKind(stack, "Budget");
    const topics = ofKind(stack, "sns/topic:Topic").map(({ name }) => name);
    const told = ofKind(stack, "EventTarget")
      .filter((target) => topics.some((topic) => text(target, "arn").endsWith(topic)))
      .map((target) =>
        ofKind(stack, "EventRule").find((rule) => (text(rule, "name") || rule.name) === text(target, "rule")),
      )
      .map((rule) => (rule ? text(rule, "eventPattern") : ""));
    const happens: Record<string, RegExp> = {
      "a run that failed": /aws\.states.*FAILED/,
      "a run that took too long": /aws\.states.*TIMED_OUT/,
      "a run that was broken off": /aws\.states.*ABORTED/,
      "a container that does not start": /aws\.ecs.*STOPPED.*TaskFailedToStart/,
      "a container that fails": /aws\.ecs.*STOPPED.*exitCode.*anything-but/,
    };
    const publishers = ofKind(stack, "TopicPolicy").flatMap((one) =>
      statementsOf(input(one, "policy")).flatMap(principalsOf),
    );
    return [
      ...wanted.filter((metric) => !watched.has(metric)).map((metric) => `Nobody is told of ${metric}.`),
      ...Object.entries(happens)
        .filter(([, pattern]) => !told.some((one) => pattern.test(one)))
        .map(([what]) => `Nobody is told of ${what}.`),
      ...["cloudwatch", "budgets", "events"]
        .filter((service) => !publishers.includes(`${service}.amazonaws.com`))
        .map((service) => `${service} can't tell anybody.`),
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

  ...DELIVERY_RULES,
  ...PARSER_RULES,
  ...GATEWAY_RULES,
};

/** How a function is declared in the list; the site's and the signer's are not in it. */
function declarationOf(resource: string) {
  const [name, declared] =
    Object.entries(functionList).find(([name]) => resource.toLowerCase() === `${name}functionfunction`.toLowerCase()) ??
    [];
  return { name, ...(declared ?? { timeoutSeconds: 60, concurrency: Number.POSITIVE_INFINITY, memoryMb: 0 }) };
}

/** Every fault, under the name of the rule that found it. */
export const faultsOf = (stack: Stack, calls: Calls): { rule: string; fault: string }[] =>
  Object.entries(RULES).flatMap(([rule, check]) => check(stack, calls).map((fault) => ({ rule, fault })));

/** How a distribution of CloudFront answers, path by path. */
const behavioursOf = (distribution: Resource): Resource[] =>
  [
    input(distribution, "defaultCacheBehavior"),
    ...list(input(distribution, "orderedCacheBehaviors") as Record<string, unknown>[]),
  ].map((inputs) => ({ type: distribution.type, name: distribution.name, inputs: inputs as Record<string, unknown> }));

/** The headers that a policy of CloudFront sets. */
function headersOf(policy: Resource): Record<string, unknown> {
  const of = (path: string) => input(policy, `securityHeadersConfig.${path}`);
  const seconds = of("strictTransportSecurity.accessControlMaxAgeSec");
  const everywhere = of("strictTransportSecurity.includeSubdomains") === true ? "; includeSubDomains" : "";
  const items = list(input(policy, "customHeadersConfig.items") as { header: string; value: string }[]);
  return {
    "strict-transport-security": seconds === undefined ? undefined : `max-age=${seconds}${everywhere}`,
    "content-security-policy": of("contentSecurityPolicy.contentSecurityPolicy"),
    "x-content-type-options": of("contentTypeOptions") === undefined ? undefined : "nosniff",
    "x-frame-options": of("frameOptions.frameOption"),
    "referrer-policy": of("referrerPolicy.referrerPolicy"),
    ...Object.fromEntries(items.map(({ header, value }) => [header, value])),
  };
}
