/** The deployment as it would be made, and the same with deliberate faults, each of which a rule must find. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { childEnvironment } from "../local/child-process.ts";
import { awsVariables, loadEnvironment } from "../local/environment.ts";
import { temporaryDirectory } from "../local/testing/temporary.ts";
import { actionsIn, actionsOfCode } from "./calls.ts";
import { evaluate, type Resource, type Stack } from "./evaluate.ts";
import { priceAtRest } from "./rest-prices.ts";
import { faultsOf } from "./rules.ts";

let dev: Stack;
let production: Stack;
const actions = actionsOfCode();

before(async () => {
  dev = await evaluate("dev");
  production = await evaluate("production");
});

test("a stage for development has no fault", () => assert.deepEqual(faultsOf(dev, actions), []));

test("production has no fault", () => assert.deepEqual(faultsOf(production, actions), []));

test("a month in which nobody calls costs nothing for compute, and cents for the rest", () => {
  const { computeUsd, usd, unknown } = priceAtRest(dev.resources);
  assert.deepEqual(unknown, []);
  assert.equal(computeUsd, 0);
  assert.ok(usd < 0.1, `$${usd}`);
});

test("links have the same names and values' names on AWS and in the local cloud", (t) => {
  const environment = loadEnvironment(temporaryDirectory(t), childEnvironment({ DORMOUSE_HOME: "home" }));
  const local = Object.entries(awsVariables(environment, childEnvironment({}))).filter(([name]) =>
    name.startsWith("SST_RESOURCE_"),
  );
  const builder = dev.resources.find(({ type }) => type === "command:local:Command");
  const linked = Object.entries(builder?.inputs.environment as Record<string, string>).filter(([name]) =>
    name.startsWith("SST_RESOURCE_"),
  );
  assert.deepEqual(linked.map(([name]) => name).sort(), local.map(([name]) => name).sort());
  for (const [name, value] of local) {
    const keys = Object.keys(JSON.parse(value) as object);
    const onAws = linked.find(([other]) => other === name)?.[1].split(",") ?? [];
    for (const key of keys) assert.ok(onAws.includes(key), `${name}.${key}`);
  }
});

test("a call that nobody has looked up is no call that is allowed", () => {
  assert.deepEqual(actionsIn(`import { HeadObjectCommand } from "@aws-sdk/client-s3";`), ["s3:GetObject"]);
  assert.throws(() => actionsIn(`import { RestoreObjectCommand } from "@aws-sdk/client-s3";`), /RestoreObjectCommand/);
  assert.throws(() => actionsIn(`import { SendMessageCommand } from "@aws-sdk/client-sqs";`), /SendMessageCommand/);
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

function inlinePolicy(stack: Stack): { policy: string } {
  const [inline] = find(stack, "WebServerUseast1Role").inputs.inlinePolicies as { policy: string }[];
  assert.ok(inline);
  return inline;
}

const allow =
  (action: string, resource: string): Edit =>
  (stack) => {
    const inline = inlinePolicy(stack);
    const policy = JSON.parse(inline.policy) as { Statement: unknown[] };
    policy.Statement.push({ Effect: "Allow", Action: [action], Resource: [resource] });
    inline.policy = JSON.stringify(policy);
  };

const forbid =
  (action: string): Edit =>
  (stack) => {
    const inline = inlinePolicy(stack);
    assert.ok(inline.policy.includes(`"${action}"`));
    inline.policy = inline.policy.replace(`"${action}",`, "");
  };

const UPLOADS = "arn:aws:s3:::dormouse-dev-uploads";
const SERVER = "WebServerUseast1Function";

const FAULTS: Record<string, Edit> = {
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
  "a bill that nobody is told of": drop("Budget"),
  "a stage that leaves its data behind": (stack) => {
    stack.app.removal = "retain";
  },
  "a bucket that can't be removed": set("UploadsBucket", "forceDestroy", false),
  "a link that the code misses": set("WebBuilder", "environment.SST_RESOURCE_Uploads", undefined),
};

/** What a queue costs at rest is not in the table, since there is none yet: not the fault that is meant here. */
const BESIDE = /^What aws:(sqs|lambda\/eventSourceMapping).*not known/;

for (const [name, edit] of Object.entries(FAULTS)) {
  test(`found: ${name}`, () => {
    const broken = structuredClone(dev);
    edit(broken);
    const faults = faultsOf(JSON.parse(JSON.stringify(broken)) as Stack, actions).filter(
      ({ fault }) => !BESIDE.test(fault),
    );
    assert.ok(faults.length > 0);
  });
}

test("found: production without protection, or a table that can be deleted", () => {
  for (const edit of [
    (stack: Stack) => void Object.assign(stack.app, { protect: false }),
    (stack: Stack) => void Object.assign(stack.app, { removal: "remove" }),
    set("TableTable", "deletionProtectionEnabled", false),
    set("UploadsBucket", "forceDestroy", true),
  ]) {
    const broken = structuredClone(production);
    edit(broken);
    assert.equal(faultsOf(broken, actions).length, 1);
  }
});
