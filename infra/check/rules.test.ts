/** The deployment as it would be made, and the same with deliberate faults, each of which a rule must find. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { childEnvironment } from "../local/core/child-process.ts";
import { awsVariables } from "../local/environment.ts";
import { loadEnvironment } from "../local/load-environment.ts";
import { MAY_LIST, PROGRAMS } from "../local/roles.ts";
import { temporaryDirectory } from "../local/testing/temporary.ts";
import { actionsIn, type Calls, findCalls, type Needed } from "./calls.ts";
import { evaluate, PROJECT, type Resource, type Stack } from "./evaluate.ts";
import { LINKS } from "./links.ts";
import { inlineStatements, list, rolesOf } from "./reading.ts";
import { priceAtRest, priceOfAnother } from "./rest-prices.ts";
import { faultsOf } from "./rules.ts";

let dev: Stack;
let production: Stack;
let withMail: Stack;
let calls: Calls;

before(async () => {
  calls = await findCalls();
  dev = await evaluate("dev");
  production = await evaluate("production");
  withMail = await evaluate("dev", { DORMOUSE_MAIL_FROM: "files@example.com" });
});

test("a stage for development has no fault", () => assert.deepEqual(faultsOf(dev, calls), []));

test("production has no fault", () => assert.deepEqual(faultsOf(production, calls), []));

test("a month in which nobody calls costs nothing for what would wait for calls, and cents for the rest", () => {
  const { computeUsd, usd, unknown, lines } = priceAtRest(dev.resources);
  assert.deepEqual(unknown, []);
  assert.equal(computeUsd, 0);
  assert.ok(usd < 0.2, `$${usd}`);
  const daily = lines.filter(({ type }) => type.startsWith("schedule "));
  assert.deepEqual(
    daily.map(({ type }) => type),
    ["schedule RefreshSignatures"],
  );
  assert.ok(daily[0]!.usd < 0.05, "the container that runs each day");
});

test("the figures of the README and of the page on deploying are those of this list", () => {
  const read = (path: string): string => readFileSync(join(PROJECT, path), "utf8").replaceAll(/\s+/g, " ");
  const { lines, usd } = priceAtRest(dev.resources);
  const cents = (kind: string): number =>
    Math.round(100 * (lines.find(({ type }) => type.startsWith(kind))?.usd ?? Number.NaN));
  const readme = read("README.md");
  assert.ok(readme.includes(`$${usd.toFixed(2)} a month in all`), usd.toFixed(2));
  assert.ok(readme.includes(`${cents("docker-build:")} cents for the two images`));
  assert.ok(readme.includes(`${cents("schedule RefreshSignatures")} for the two minutes a day`));
  const more = priceOfAnother(dev.resources);
  assert.ok(
    read("docs/deploying.md").includes(`each further stage costs $${more.toFixed(2)} a month`),
    more.toFixed(2),
  );
});

test("in a small account no concurrency is reserved and no budget is made; all other resources stay the same", async () => {
  const small = await evaluate("dev", { DORMOUSE_RESERVE: "no", DORMOUSE_BUDGET_USD: "none" });
  const faults = faultsOf(small, calls).map(({ fault }) => fault);
  const allowed = / has no limit\.$|^Nobody is told of the bill\.$/;
  assert.deepEqual(
    faults.filter((fault) => !allowed.test(fault)),
    [],
  );
  assert.ok(small.resources.every(({ inputs }) => inputs["reservedConcurrentExecutions"] === undefined));
  assert.ok(!small.resources.some(({ type }) => type.endsWith(":Budget")));
});

test("mail is sent as the chosen sender alone, over TLS, and not to who bounced; without one, by nobody", () => {
  assert.deepEqual(faultsOf(withMail, calls), []);
  const senders = (stack: Stack) =>
    stack.resources.filter(({ inputs }) => JSON.stringify(inputs.inlinePolicies ?? "").includes("ses:SendEmail"));
  assert.deepEqual(senders(dev), []);
  for (const { inputs } of senders(withMail))
    assert.match(JSON.stringify(inputs.inlinePolicies), /ses:FromAddress[^}]*files@example\.com/);
  const [settings] = withMail.resources.filter(({ type }) => type === "aws:sesv2/configurationSet:ConfigurationSet");
  assert.deepEqual(settings?.inputs.suppressionOptions, { suppressedReasons: ["BOUNCE", "COMPLAINT"] });
  assert.deepEqual(settings?.inputs.deliveryOptions, { tlsPolicy: "REQUIRE" });
  const broken = structuredClone(withMail);
  drop("BouncesFunctionEventInvokeConfig")(broken);
  assert.match(
    faultsOf(broken, calls)
      .map(({ fault }) => fault)
      .join(),
    /What dormouse-dev-bounces fails at is lost/,
  );
});

test("what the local cloud links, AWS links under the same names and values' names", (t) => {
  const environment = loadEnvironment(temporaryDirectory(t), childEnvironment({ DORMOUSE_HOME: "home" }));
  const local = Object.entries(awsVariables(environment, childEnvironment({})))
    .filter(([name]) => name.startsWith("SST_RESOURCE_"))
    .map(([name, value]) => [name.slice("SST_RESOURCE_".length), Object.keys(JSON.parse(value) as object)] as const);
  for (const [name, values] of local.filter(([name]) => name !== "App")) {
    assert.deepEqual(values.filter((value) => value !== "type").sort(), LINKS[name]?.toSorted(), name);
  }
});

test("a program of the local cloud may list the buckets that its role may list on AWS, and no others", () => {
  const buckets = ["Uploads", "Derived", "Signatures"].map(
    (name) => [name, `arn:aws:s3:::${String(find(dev, `${name}Bucket`).inputs.bucket)}`] as const,
  );
  const listed = (program: string): string[] => {
    const title = `${program.charAt(0).toUpperCase()}${program.slice(1)}`;
    const name = new RegExp(`^${title}(Server\\w*|Function|TaskTask)Role$`);
    const [role, ...others] = rolesOf(dev).filter((one) => name.test(one.name));
    assert.ok(role && others.length === 0, `the role of ${program}`);
    const may = inlineStatements(role).filter(({ Action }) => list(Action).includes("s3:ListBucket"));
    const arns = may.flatMap(({ Resource }) => list(Resource));
    return buckets.filter(([, arn]) => arns.includes(arn)).map(([bucket]) => bucket);
  };
  assert.deepEqual(Object.fromEntries(PROGRAMS.map((program) => [program, listed(program)])), MAY_LIST);
});

test("a call that nobody has looked up is no call that is allowed", () => {
  assert.deepEqual(actionsIn("await s3().send(new HeadObjectCommand2({}))"), ["s3:GetObject", "s3:ListBucket"]);
  assert.deepEqual(actionsIn("for await (const page of paginateListObjectsV2({}, {}))"), ["s3:ListBucket"]);
  assert.throws(() => actionsIn("new RestoreObjectCommand({})"), /RestoreObject/);
});

test("a program needs what its own code calls: the site uploads, and sends no task's heartbeat", () => {
  const { actions = [], links = [] } = calls.WebServer ?? {};
  assert.ok(actions.includes("s3:PutObject") && actions.includes("dynamodb:UpdateItem"));
  assert.ok(!actions.some((action) => action.startsWith("states:SendTask")));
  assert.ok(
    ["GrantKeys", "LinkKeys", "SignInKeys", "Table", "Uploads"].every((name) => links.includes(name)),
    links.join(),
  );
});

test("who removes an attribute of a row needs no right to delete rows; who removes rows does", () => {
  const rowActions = (code: string) => actionsIn(`// lib/transfers/transfer-lease.store.ts\n${code}`);
  assert.deepEqual(rowActions('db().entities.run.patch(key).remove(["message"]).go()'), ["dynamodb:UpdateItem"]);
  for (const code of ["db().entities.run.remove(key).go()", "db().entities.run.delete([key]).go()"])
    assert.deepEqual(rowActions(code), ["dynamodb:DeleteItem", "dynamodb:BatchWriteItem"]);
});

type Edit = (stack: Stack) => void;

const find = (stack: Stack, name: string): Resource => {
  const found = stack.resources.find((one) => one.name === name);
  assert.ok(found, `There is no ${name}.`);
  return found;
};

/** Sets an input; `undefined` takes it away. */
const set =
  (name: string, path: string, value: unknown): Edit =>
  (stack) => {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const holder = keys.reduce(
      (at, key) => (at as Record<string, unknown>)[key] as Record<string, unknown>,
      find(stack, name).inputs,
    );
    assert.notDeepEqual(holder[last], value, `${name} has ${path} already.`);
    holder[last] = value;
  };

const drop =
  (name: string): Edit =>
  (stack) => {
    stack.resources.splice(stack.resources.indexOf(find(stack, name)), 1);
  };

const add =
  (type: string, name: string, inputs: Record<string, unknown> = {}): Edit =>
  (stack) =>
    void stack.resources.push({ type, name, inputs });

function inlinePolicy(stack: Stack, role: string): { policy: string } {
  const [inline] = find(stack, role).inputs.inlinePolicies as { policy: string }[];
  assert.ok(inline);
  return inline;
}

type Statement = { Effect: string; Action: string[]; Resource: string[]; Condition?: object };

/** Changes the statements of a role. */
const statements =
  (role: string, change: (statements: Statement[]) => Statement[]): Edit =>
  (stack) => {
    const inline = inlinePolicy(stack, role);
    const policy = JSON.parse(inline.policy) as { Statement: Statement[] };
    const changed = change(structuredClone(policy.Statement));
    assert.notDeepEqual(changed, policy.Statement);
    inline.policy = JSON.stringify({ ...policy, Statement: changed });
  };

const WEB_ROLE = "WebServerUseast1Role";

const allow = (action: string, resource: string, role = WEB_ROLE): Edit =>
  statements(role, (all) => [...all, { Effect: "Allow", Action: [action], Resource: [resource] }]);

const forbid = (action: string, role = WEB_ROLE): Edit =>
  statements(role, (all) => all.map((one) => ({ ...one, Action: one.Action.filter((other) => other !== action) })));

/** Takes the conditions away under which a role may do something. */
const always = (action: string, role: string): Edit =>
  statements(role, (all) =>
    all.map((one) => (one.Action.includes(action) ? { ...one, Condition: undefined } : one) as Statement),
  );

/** Changes what is kept as JSON in an input. */
const json =
  <T>(name: string, path: string, change: (value: T) => void): Edit =>
  (stack) => {
    const { inputs } = find(stack, name);
    const value = JSON.parse(inputs[path] as string) as T;
    change(value);
    assert.notEqual(JSON.stringify(value), inputs[path]);
    inputs[path] = JSON.stringify(value);
  };

type Container = {
  user?: string;
  entryPoint?: string[];
  image: string;
  portMappings?: object[];
  readonlyRootFilesystem: boolean;
  mountPoints: object[];
  linuxParameters: object;
  logConfiguration: { options: Record<string, string> };
  environment: { name: string; value: string }[];
};
const container = (change: (container: Container) => void): Edit =>
  json<Container[]>("ScanTaskTask", "containerDefinitions", ([one]) => change(one!));

type Definition = { StartAt: string; States: Record<string, Record<string, unknown>> };
const definition = (change: (definition: Definition) => void): Edit => json("WorkflowMachine", "definition", change);

const UPLOADS = "arn:aws:s3:::dormouse-dev-uploads";
const TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/dormouse-dev";
const SERVER = "WebServerUseast1Function";

const FAULTS: Record<string, Edit> = {
  "a route of the program interface that asks for no key": set("ApiRouteSecsveRoute", "authorizationType", "NONE"),
  "an authorizer's word that is kept for an hour": set(
    "ApiAuthorizerKeysAuthorizer",
    "authorizerResultTtlInSeconds",
    3600,
  ),
  "a program interface without a throttle": set("ApiStage", "defaultRouteSettings", {}),
  "a log with keys in it": set("ApiStage", "accessLogSettings.format", "$context.authorizer.key"),
  "a function that any API may call": set(
    "ApiAuthorizerKeysPermission",
    "sourceArn",
    "arn:aws:execute-api:us-east-1:1:*",
  ),
  "a public bucket": set("UploadsPublicAccessBlock", "blockPublicPolicy", false),
  "a bucket without a block of public access": drop("UploadsPublicAccessBlock"),
  "a bucket with a public ACL": set("UploadsBucket", "acl", "public-read"),
  "a bucket that everyone may read": set(
    "UploadsPolicy",
    "policy",
    JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `${UPLOADS}/*` }],
    }),
  ),
  "a bucket that is not encrypted": drop("UploadsEncryption"),
  "a bucket that answers without TLS": set("UploadsPolicy", "policy", JSON.stringify({ Statement: [] })),
  "signed URLs of deleted files that go on": json("DerivedPolicy", "policy", (policy: { Statement: unknown[] }) => {
    policy.Statement = policy.Statement.filter((one) => !JSON.stringify(one).includes('"closed"'));
  }),
  "signed URLs of a closed link that go on": json("UploadsPolicy", "policy", (policy: { Statement: unknown[] }) => {
    policy.Statement = policy.Statement.filter((one) => !JSON.stringify(one).includes("signatureAge"));
  }),
  "CORS without an origin": set("UploadsCors", "corsRules.0.allowedOrigins", []),
  "CORS for every origin": set("UploadsCors", "corsRules.0.allowedOrigins", ["*"]),
  "CORS for another method": set("UploadsCors", "corsRules.0.allowedMethods", ["GET", "HEAD", "PUT", "DELETE"]),
  "CORS for every header": set("UploadsCors", "corsRules.0.allowedHeaders", ["*"]),
  "an object that an ACL gives away": drop("UploadsOwnership"),
  "a lifecycle that is switched off": set("UploadsLifecycle", "rules.1.status", "Disabled"),
  "credentials of the deployer in the kept state": set("WebBuilder", "environment.AWS_SECRET_ACCESS_KEY", ""),
  "no CORS for the uploads": drop("UploadsCors"),
  "uploads that are never given up": set("UploadsLifecycle", "rules.0", { id: "x", status: "Enabled" }),
  "objects that are kept for ever": set("UploadsLifecycle", "rules.1", { id: "x", status: "Enabled" }),
  "provisioned capacity": set("TableTable", "billingMode", "PROVISIONED"),
  "no point-in-time recovery": set("TableTable", "pointInTimeRecovery.enabled", false),
  "no stream": set("TableTable", "streamEnabled", false),
  "TTL on another attribute": set("TableTable", "ttl.attributeName", "expires"),
  "an index that the code does not know": set("TableTable", "globalSecondaryIndexes", []),
  "a function's URL for everyone": set("WebServerUseast1Url", "authorizationType", "NONE"),
  "a function's URL for other sites": set("WebServerUseast1Url", "cors", { allowOrigins: ["*"] }),
  "a permission for everyone": set("WebCloudFrontFunctionUrlAccessUseast1", "principal", "*"),
  "a permission for any distribution of anyone": set("WebCloudFrontInvokeFunctionUseast1", "sourceArn", undefined),
  "errors that CloudFront keeps": set("WebCdnDistribution", "customErrorResponses", []),
  "streamed answers without a byte": set(SERVER, "environment.variables.OPEN_NEXT_FORCE_NON_EMPTY_RESPONSE", undefined),
  "React as in development": set("AnnounceFunctionFunction", "environment.variables.NODE_ENV", undefined),
  "answers without the edge's headers": set("WebCdnDistribution", "defaultCacheBehavior.responseHeadersPolicyId", ""),
  "answers that a page of another site may frame": set("WebHeaders", "securityHeadersConfig.frameOptions", undefined),
  "answers without a policy": set("WebHeaders", "securityHeadersConfig.contentSecurityPolicy", undefined),
  "TLS that is promised for one name alone": set(
    "WebHeaders",
    "securityHeadersConfig.strictTransportSecurity.includeSubdomains",
    undefined,
  ),
  "programs that are led from HTTP to HTTPS": set(
    "WebCdnDistribution",
    "orderedCacheBehaviors.0.viewerProtocolPolicy",
    "redirect-to-https",
  ),
  "an API without TLS": set("WebCdnDistribution", "orderedCacheBehaviors.0.viewerProtocolPolicy", "allow-all"),
  "bodies for the API that are not signed": set(
    "WebCdnDistribution",
    "orderedCacheBehaviors.0.lambdaFunctionAssociations",
    [],
  ),
  "a site without TLS": set("WebCdnDistribution", "defaultCacheBehavior.viewerProtocolPolicy", "allow-all"),
  "POST bodies that are not signed": set("WebCdnDistribution", "defaultCacheBehavior.lambdaFunctionAssociations", []),
  x86: set(SERVER, "architectures", ["x86_64"]),
  "an old runtime": set(SERVER, "runtime", "nodejs18.x"),
  "a function that may run for a quarter of an hour": set(SERVER, "timeout", 900),
  "a function without a limit": set(SERVER, "reservedConcurrentExecutions", undefined),
  "instances that are kept warm": add("aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig", "Warm"),
  "logs that are kept for ever": set("WebLogs", "retentionInDays", 0),
  "a function that logs elsewhere": drop("WebLogs"),
  "a star for an action": allow("s3:*", `${UPLOADS}/*`),
  "a star for a resource": allow("s3:GetObject", "*"),
  "a right that no code needs": allow("dynamodb:Scan", "arn:aws:dynamodb:us-east-1:1:table/Table"),
  "a call that the function may not make": forbid("s3:AbortMultipartUpload"),
  "a reader of objects who may list another bucket alone": statements("PreviewFunctionRole", (all) =>
    all.map((one) =>
      one.Action.includes("s3:ListBucket") ? { ...one, Resource: ["arn:aws:s3:::dormouse-dev-derived"] } : one,
    ),
  ),
  "a managed policy of an administrator": set("WebServerUseast1Role", "managedPolicyArns", [
    "arn:aws:iam::aws:policy/AdministratorAccess",
  ]),
  "a role that the whole account can take": set(
    "WebServerUseast1Role",
    "assumeRolePolicy",
    JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::1:root" }, Action: "sts:AssumeRole" }],
    }),
  ),
  "a NAT gateway": add("aws:ec2/natGateway:NatGateway", "Nat"),
  "a container that runs all day": add("aws:ecs/service:Service", "Service"),
  "something whose price at rest nobody knows": add("aws:opensearch/domain:Domain", "Search"),
  "more alarms than a dollar buys": (stack) => {
    for (let index = 0; index < 20; index++) {
      const inputs = { alarmActions: ["topic"], treatMissingData: "notBreaching" };
      add("aws:cloudwatch/metricAlarm:MetricAlarm", `Alarm${index}`, inputs)(stack);
    }
  },
  "a queue that is polled at rest": add("aws:lambda/eventSourceMapping:EventSourceMapping", "Poll", {
    eventSourceArn: "arn:aws:sqs:us-east-1:1:Events",
    enabled: true,
  }),
  "a lost dead-letter queue": add("aws:sqs/queue:Queue", "Events", { visibilityTimeoutSeconds: 180 }),
  "a message that comes again while it is worked on": add("aws:sqs/queue:Queue", "Events", {
    redrivePolicy: "{}",
    visibilityTimeoutSeconds: 10,
  }),
  "an alarm that tells nobody": set("WebErrors", "alarmActions", []),
  "an alarm that rings at rest": set("WebErrors", "treatMissingData", "breaching"),
  "errors that nobody is told of": drop("WebErrors"),
  "runs that end badly, and nobody is told": drop("RunEndedBadlyTarget"),
  "runs that take too long, and nobody is told": json<{ detail: { status: string[] } }>(
    "RunEndedBadly",
    "eventPattern",
    ({ detail }) => void detail.status.splice(1, 1),
  ),
  "containers that end badly, and nobody is told": drop("TaskEndedBadly"),
  "a topic that events may not speak through": set(
    "AlarmsPolicy",
    "policy",
    JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: { Service: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] } }],
    }),
  ),
  "a schedule whose failures are lost": set("RefreshSignatures", "target.deadLetterConfig", undefined),
  "a bill that nobody is told of": drop("Budget"),
  "a stage that leaves its data behind": (stack) => {
    stack.app.removal = "retain";
  },
  "a bucket that can't be removed": set("UploadsBucket", "forceDestroy", false),
  "a link that the code misses": set("WebBuilder", "environment.SST_RESOURCE_Uploads", undefined),
  "a link with another value": set("WebBuilder", "environment.SST_RESOURCE_FailedQueue", "arn,type"),
  "a link of a function with another value": (stack) => {
    stack.builds.SweepFunction!.links.Redrive = ["id"];
  },
  "a link of a container with another value": container(({ environment }) => {
    environment[0]!.value = "{}";
  }),
  "derived objects for every site": set("DerivedCors", "corsRules.0.allowedOrigins", ["*"]),
  "derived objects that a browser may overwrite": set("DerivedCors", "corsRules.0.allowedMethods", ["GET", "PUT"]),
  "no CORS for the derived objects": drop("DerivedCors"),
  "signatures for browsers": add("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration", "SignaturesCors"),
  "renditions that are kept for ever": set("DerivedLifecycle", "rules.1.status", "Disabled"),
  "a bucket of anyone's calling a function": set("UploadsNotify", "sourceAccount", undefined),
  "a function that any rule may call": add("aws:lambda/permission:Permission", "Anyone", {
    principal: "events.amazonaws.com",
  }),
  "files that arrive unnoticed": drop("UploadsNotification"),
  "files that arrive unnoticed when they came in parts": set("UploadsNotification", "lambdaFunctions.0.events", [
    "s3:ObjectCreated:Put",
  ]),
  "an event that is lost": drop("ObjectsFunctionEventInvokeConfig"),
  "a deadline that is lost": set("DeadlinesFunctionEventInvokeConfig", "destinationConfig", undefined),
  "an event that is not tried again": set("ObjectsFunctionEventInvokeConfig", "maximumRetryAttempts", 0),
  "an event that nobody reads": drop("ChangesMapping"),
  "a stream that is filtered otherwise": set("ChangesMapping", "filterCriteria.filters", []),
  "a stream that stands still at a bad record": set("ChangesMapping", "maximumRetryAttempts", -1),
  "a batch that one record spoils": set("ChangesMapping", "bisectBatchOnFunctionError", false),
  "a record that failed and is taken for done": set("ChangesMapping", "functionResponseTypes", []),
  "a record that is lost": set("ChangesMapping", "destinationConfig", undefined),
  "the queue of what failed, polled at rest": set("RedriveMapping", "enabled", true),
  "a deployment that switches redriving off": (stack) => {
    find(stack, "RedriveMapping").ignoreChanges = [];
  },
  "a batch that is done again for one message": set("RedriveMapping", "functionResponseTypes", []),
  "a queue that forgets": set("FailedQueue", "messageRetentionSeconds", 345_600),
  "a queue that is not encrypted": set("FailedQueue", "sqsManagedSseEnabled", false),
  "a message that comes again while it is done again": set("FailedQueue", "visibilityTimeoutSeconds", 120),
  "a step that is sized otherwise than declared": set("InspectFunctionFunction", "memorySize", 512),
  "a step that may run for longer than declared": set("NoteFailureFunctionFunction", "timeout", 900),
  "a step without a limit": set("PreviewFunctionFunction", "reservedConcurrentExecutions", undefined),
  "a step that logs lines of text": set("CheckFunctionFunction", "loggingConfig.logFormat", "Text"),
  "a step that is missing": drop("PublishFunctionFunction"),
  "a star for a step": allow("s3:GetObject", "*", "PreviewFunctionRole"),
  "every bucket of the account for a step": allow("s3:GetObject", "arn:aws:s3:::*", "PreviewFunctionRole"),
  "every mapping of the account": always("lambda:UpdateEventSourceMapping", "RedriveFunctionRole"),
  "any role for any service": always("iam:PassRole", "DeadlinesFunctionRole"),
  "a schedule's role that a function may take": set(
    "DeadlinesScheduleRole",
    "assumeRolePolicy",
    JSON.stringify({
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "lambda.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
        },
      ],
    }),
  ),
  "a schedule's role for the whole account": set(
    "SweepScheduleRole",
    "assumeRolePolicy",
    JSON.stringify({ Statement: [{ Effect: "Allow", Principal: { Service: "scheduler.amazonaws.com" } }] }),
  ),
  "what opens files with a right": allow("s3:GetObject", `${UPLOADS}/*`, "InspectFunctionRole"),
  "what opens files with a secret": set("InspectFunctionFunction", "environment.variables.SST_RESOURCE_LinkKeys", "{}"),
  "what opens files and connects itself to networks": statements("InspectFunctionRole", (all) =>
    all.filter(({ Effect }) => Effect !== "Deny"),
  ),
  "a container that opens files and reads them by itself": allow("s3:GetObject", `${UPLOADS}/*`, "ScanTaskTaskRole"),
  "a container that opens files and writes rows": allow("dynamodb:UpdateItem", TABLE, "TranscodeTaskTaskRole"),
  "a container that opens files and calls another function": allow(
    "lambda:InvokeFunction",
    "arn:aws:lambda:us-east-1:123456789012:function:dormouse-dev-sweep",
    "ScanTaskTaskRole",
  ),
  "a container that opens files and knows the table": container((one) => {
    one.environment = [...one.environment, { name: "SST_RESOURCE_Table", value: "{}" }];
  }),
  "a way from containers to everybody's buckets": set("VpcS3", "policy", undefined),
  "a way from containers to put what they read elsewhere": set(
    "VpcS3",
    "policy",
    JSON.stringify({ Statement: [{ Action: "s3:PutObject", Resource: "arn:aws:s3:::*" }] }),
  ),
  "what opens files outside of its network": set("InspectFunctionFunction", "vpcConfig", undefined),
  "what opens files where containers run": set("InspectFunctionFunction", "vpcConfig.subnetIds", ["VpcSubnet1-id"]),
  "what opens files with a way out": set("ClosedRoutes", "routes", [{ cidrBlock: "0.0.0.0/0", gatewayId: "gateway" }]),
  "what opens files with a way out by a route of its own": add("aws:ec2/route:Route", "Out", {
    routeTableId: "ClosedRoutes-id",
  }),
  "what opens files and reaches everybody's buckets": set("ClosedS3", "policy", undefined),
  "what opens files and writes to the bucket": set(
    "ClosedS3",
    "policy",
    JSON.stringify({ Statement: [{ Action: ["s3:GetObject", "s3:PutObject"], Resource: `${UPLOADS}/*` }] }),
  ),
  "what opens files and calls any address": set("ClosedGroup", "egress.0.cidrBlocks", ["0.0.0.0/0"]),
  "a NAT gateway's address": add("aws:ec2/eip:Eip", "Address"),
  "an endpoint that costs by the hour": set("VpcS3", "vpcEndpointType", "Interface"),
  "a container that can be reached": set("TasksGroup", "ingress", [{ cidrBlocks: ["0.0.0.0/0"], fromPort: 22 }]),
  "a container that can be reached by a rule of its own": add(
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "Ssh",
  ),
  "a container that reaches everything": set("TasksGroup", "egress.0.protocol", "-1"),
  "a default group that lets its members talk": set("VpcDefaultGroup", "ingress", [{ self: true }]),
  "containers in one zone": set("VpcSubnet2", "availabilityZone", "us-east-1a"),
  "metrics of containers": set("TasksCluster", "settings.0.value", "enabled"),
  "a container that stays root": container((one) => {
    one.entryPoint = one.entryPoint?.slice(-2) ?? [];
  }),
  "a container that keeps root's rights": container((one) => {
    one.entryPoint = one.entryPoint?.filter((word) => !word.startsWith("--bounding-set")) ?? [];
  }),
  "a container that is started as its image says": container((one) => {
    delete one.entryPoint;
  }),
  "a container of no user": container((one) => {
    delete one.user;
  }),
  "a container that can be changed": container((one) => {
    one.readonlyRootFilesystem = false;
  }),
  "a container without room": container((one) => {
    one.mountPoints = [];
  }),
  "a container that listens": container((one) => {
    one.portMappings = [{ containerPort: 80 }];
  }),
  "a container with rights of the machine": container((one) => {
    one.linuxParameters = {};
  }),
  "a container with one right more than it needs": container((one) => {
    one.linuxParameters = { capabilities: { drop: ["NET_RAW"] } };
  }),
  "an image by its tag": container((one) => {
    one.image = one.image.replace(/@.*/, ":latest");
  }),
  "an image of somebody else's": container((one) => {
    one.image = `docker.io/x@sha256:1`;
  }),
  "a container that logs elsewhere": container((one) => {
    one.logConfiguration.options["awslogs-group"] = "/elsewhere";
  }),
  "a container that reports to another state machine": allow(
    "states:SendTaskSuccess",
    "arn:aws:states:us-east-1:123456789012:stateMachine:other",
    "ScanTaskTaskRole",
  ),
  "a container that asks another function": container(({ environment }) => {
    const link = environment.find(({ name }) => name === "SST_RESOURCE_Broker");
    link!.value = JSON.stringify({ name: "dormouse-dev-sweep" });
  }),
  "a container on x86": set("TranscodeTaskTask", "runtimePlatform.cpuArchitecture", "X86_64"),
  "a container that is sized otherwise than declared": set("TranscodeTaskTask", "cpu", "16384"),
  "a container that is missing": drop("SignaturesTaskTask"),
  "signatures that are never fetched": drop("RefreshSignatures"),
  "a sweep that never comes": drop("Sweep"),
  "every deployment at the same minute": set("RefreshSignatures", "flexibleTimeWindow", { mode: "OFF" }),
  "a definition that leads nowhere": definition(({ States }) => {
    States.Check!.Next = "Nowhere";
  }),
  "a definition with a state that nobody reaches": definition(({ States }) => {
    States.Lost = { Type: "Pass", End: true };
  }),
  "a definition that calls what is not there": definition(({ States }) => {
    States.Check!.Resource = "arn:aws:lambda:us-east-1:123456789012:function:dormouse-dev-chek";
  }),
  "a state machine that may call more": allow(
    "lambda:InvokeFunction",
    "arn:aws:lambda:us-east-1:123456789012:function:dormouse-dev-sweep",
    "WorkflowRole",
  ),
  "a state machine that may call less": statements("WorkflowRole", ([calls, ...rest]) => [
    { ...calls!, Resource: calls!.Resource.slice(1) },
    ...rest,
  ]),
  "a state machine that may run more": allow(
    "ecs:RunTask",
    "arn:aws:ecs:us-east-1:123456789012:task-definition/dormouse-dev-signatures:*",
    "WorkflowRole",
  ),
  "a state machine that may run containers anywhere": always("ecs:RunTask", "WorkflowRole"),
  "a state machine that may hand on more": allow(
    "iam:PassRole",
    "arn:aws:iam::123456789012:role/WorkflowRole",
    "WorkflowRole",
  ),
  "a state machine that forgets": set("WorkflowMachine", "type", "EXPRESS"),
  "a state machine that logs what it is given": set(
    "WorkflowMachine",
    "loggingConfiguration.includeExecutionData",
    true,
  ),
  "a state machine that logs everything": set("WorkflowMachine", "loggingConfiguration.level", "ALL"),
  "logs of the state machine that are kept for ever": set("WorkflowLogs", "retentionInDays", 0),
  "logs of the state machine that nobody looks after": drop("WorkflowLogs"),
  "a state machine that traces": set("WorkflowMachine", "tracingConfiguration.enabled", true),
  "a run that fails unnoticed": drop("RunEndedBadly"),
  "what failed and waits unnoticed": drop("FailedWaiting"),
  "changes that are late unnoticed": drop("ChangesLate"),
  "steps that fail unnoticed": drop("FunctionErrors"),
};

for (const [name, edit] of Object.entries(FAULTS)) {
  test(`found: ${name}`, () => {
    const broken = structuredClone(dev);
    edit(broken);
    assert.ok(faultsOf(JSON.parse(JSON.stringify(broken)) as Stack, calls).length > 0);
  });
}

/** A program that is there, with what it needs: of those that are not, nothing is known. */
const program = (name: string, needed: Partial<Needed>): Calls => ({
  [name]: { actions: [], links: [], packages: [], ...needed },
});

test("found: a function that may not do what its code calls, may do more, lacks a link or a package", () => {
  const found = (one: Calls) => faultsOf(dev, one).map(({ fault }) => fault);
  const actionsOf = (role: string) =>
    (JSON.parse(inlinePolicy(dev, role).policy) as { Statement: Statement[] }).Statement.flatMap(
      ({ Action }) => Action,
    );
  const actions = actionsOf("CheckFunctionRole").filter((action) => !action.startsWith("logs:"));
  assert.deepEqual(found(program("CheckFunction", { actions, links: ["Table", "Uploads"] })), []);
  assert.deepEqual(found(program("CheckFunction", { actions: [...actions, "s3:DeleteObject"] })), [
    "CheckFunctionRole may not s3:DeleteObject, which the code calls.",
  ]);
  assert.deepEqual(found(program("CheckFunction", { actions: actions.filter((one) => one !== "s3:GetObject") })), [
    "CheckFunctionRole may s3:GetObject, which no code calls.",
  ]);
  assert.deepEqual(found(program("CheckFunction", { actions, links: ["LinkKeys"] })), [
    "CheckFunction is not linked to LinkKeys, which its code reads.",
  ]);
  assert.deepEqual(found(program("CheckFunction", { actions, packages: ["sharp"] })), [
    "CheckFunction imports sharp, which is not installed beside it.",
  ]);
  // Its own mapping's id is told to it after both are made.
  const all = actionsOf("RedriveFunctionRole");
  assert.deepEqual(found(program("RedriveFunction", { actions: all, links: ["Redrive"] })), []);
});

test("found: a right of the site that is no longer ahead of its code", () => {
  const needed = calls.WebServer!;
  const faults = faultsOf(dev, { WebServer: { ...needed, actions: [...needed.actions, "states:DescribeExecution"] } });
  assert.deepEqual(
    faults.map(({ fault }) => fault),
    ["The code calls states:DescribeExecution by now: it is no longer ahead."],
  );
});

test("found: production without protection, or a table that can be deleted", () => {
  for (const edit of [
    (stack: Stack) => void Object.assign(stack.app, { protect: false }),
    (stack: Stack) => void Object.assign(stack.app, { removal: "remove" }),
    set("TableTable", "deletionProtectionEnabled", false),
    set("UploadsBucket", "forceDestroy", true),
  ]) {
    const broken = structuredClone(production);
    edit(broken);
    assert.equal(faultsOf(broken, calls).length, 1);
  }
});
