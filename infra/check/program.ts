/** The program that runs `sst.config.ts` under Pulumi's mocks, as text: bundled and run by evaluate.ts. */

/** Where things are, for the program. */
export type ProgramPaths = { project: string; platform: string; result: string };

/** What the CLI would define: constants that components and the config read. */
export const defines = ({ project, platform }: ProgramPaths): Record<string, string> => ({
  $cli: JSON.stringify({
    command: "deploy",
    rpc: "",
    home: "aws",
    paths: { home: project, root: project, work: `${project}/.sst`, platform },
    state: { version: {} },
  }),
  $dev: "false",
});

/** Names that are global in the config and in infra/; SST's CLI puts these imports before the project's files. */
export const globals = ({ platform }: ProgramPaths): string => `
import * as aws from "@pulumi/aws";
import * as sst from "${platform}/src/components/index.ts";
`;

/** Evaluates the config for a stage, collects every resource that would be made, and writes them to \`result\`. */
export const program = ({ platform, project, result }: ProgramPaths): string => `
import { writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

const stage = process.env.DORMOUSE_CHECK_STAGE;
const resources = [];
const ignored = new Map();

pulumi.runtime.setAllConfig({ "aws:region": "us-east-1" });
pulumi.runtime.setMocks({
  newResource({ type, name, inputs, custom }) {
    if (custom !== false) resources.push({ type, name, inputs: shown(type, plain(inputs)), ignoreChanges: ignored.get(name) });
    return { id: custom === false ? undefined : name + "-id", state: stateOf(type, name, inputs) };
  },
  call({ token, inputs }) {
    return answers[token]?.(inputs) ?? inputs;
  },
}, "dormouse", stage, false);

// A secret output comes wrapped under Pulumi's own signature (its "4dabf…" key).
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if ("4dabf18193072939515e22adb298388d" in value) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

// The build's environment differs from machine to machine: of a variable only its name is told, of a link what it has.
function shown(type, inputs) {
  if (type === "pulumi-nodejs:dynamic:Resource") return { ...inputs, __provider: undefined };
  if (type !== "command:local:Command") return inputs;
  const told = ([key, value]) => [key, key.startsWith("SST_RESOURCE_") ? Object.keys(JSON.parse(value)).sort().join() : ""];
  return { ...inputs, environment: Object.fromEntries(Object.entries(inputs.environment).map(told)) };
}

const ACCOUNT = "123456789012";
const answers = {
  "aws:index/getRegion:getRegion": () => ({ id: "us-east-1", name: "us-east-1", region: "us-east-1" }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({ accountId: ACCOUNT, arn: "arn:aws:iam::" + ACCOUNT + ":root", id: ACCOUNT, userId: "u" }),
  "aws:index/getPartition:getPartition": () => ({ id: "aws", partition: "aws", dnsSuffix: "amazonaws.com" }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({ id: "zones", names: ["us-east-1a", "us-east-1b", "us-east-1c"], zoneIds: [] }),
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": () => ({ id: "token", userName: "AWS", password: "token", proxyEndpoint: "https://" + ACCOUNT + ".dkr.ecr.us-east-1.amazonaws.com" }),
  "aws:iam/getPolicyDocument:getPolicyDocument": (inputs) => ({ ...inputs, statements: inputs.statements?.length ? inputs.statements : undefined, id: "policy", json: JSON.stringify(policyOf(inputs)) }),
};

function policyOf({ statements = [] }) {
  return {
    Version: "2012-10-17",
    Statement: statements.map(({ effect = "Allow", actions, resources, principals, conditions, sid }) => ({
      ...(sid ? { Sid: sid } : {}),
      Effect: effect,
      Action: actions,
      Resource: resources,
      ...(principals ? { Principal: Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers])) } : {}),
      ...(conditions
        ? {
            Condition: conditions.reduce(
              (all, { test, variable, values }) => ({ ...all, [test]: { ...all[test], [variable]: values } }),
              {},
            ),
          }
        : {}),
    })),
  };
}

function stateOf(type, name, inputs) {
  const service = type.split(":")[1].split("/")[0];
  const kind = type.split(":").at(-1);
  const state = { ...inputs, name: inputs.name ?? (inputs.namePrefix ? inputs.namePrefix + "1" : name), arn: "arn:aws:" + service + ":us-east-1:" + ACCOUNT + ":" + kind.toLowerCase() + "/" + name };
  if (type === "aws:s3/bucket:Bucket") {
    const bucket = inputs.bucket ?? name.toLowerCase() + "-bucket";
    return { ...state, bucket, arn: "arn:aws:s3:::" + bucket, bucketRegionalDomainName: bucket + ".s3.us-east-1.amazonaws.com", region: "us-east-1" };
  }
  const arnOf = (service, resource) => "arn:aws:" + service + ":us-east-1:" + ACCOUNT + ":" + resource;
  if (type === "aws:iam/role:Role") return { ...state, arn: "arn:aws:iam::" + ACCOUNT + ":role/" + state.name };
  if (type === "aws:lambda/function:Function") return { ...state, arn: arnOf("lambda", "function:" + state.name), lastModified: "now" };
  if (type === "aws:lambda/eventSourceMapping:EventSourceMapping") return { ...state, uuid: name + "-uuid", arn: arnOf("lambda", "event-source-mapping:" + name) };
  if (type === "aws:sqs/queue:Queue") return { ...state, arn: arnOf("sqs", state.name), url: "https://sqs.us-east-1.amazonaws.com/" + ACCOUNT + "/" + state.name };
  if (type === "aws:sfn/stateMachine:StateMachine") return { ...state, arn: arnOf("states", "stateMachine:" + state.name) };
  if (type === "aws:ecs/cluster:Cluster") return { ...state, arn: arnOf("ecs", "cluster/" + state.name) };
  if (type === "aws:ecs/taskDefinition:TaskDefinition") {
    const arnWithoutRevision = arnOf("ecs", "task-definition/" + state.family);
    return { ...state, arn: arnWithoutRevision + ":1", arnWithoutRevision };
  }
  if (type === "aws:ecr/repository:Repository") return { ...state, arn: arnOf("ecr", "repository/" + state.name), repositoryUrl: ACCOUNT + ".dkr.ecr.us-east-1.amazonaws.com/" + state.name };
  if (type === "docker-build:index:Image") return { ...state, digest: "sha256:" + name, ref: "ref" };
  if (type === "aws:sesv2/configurationSet:ConfigurationSet") return { ...state, arn: arnOf("ses", "configuration-set/" + state.configurationSetName) };
  if (type === "aws:cloudwatch/eventRule:EventRule") return { ...state, arn: arnOf("events", "rule/" + state.name) };
  if (type === "aws:cloudwatch/logGroup:LogGroup") return { ...state, arn: "arn:aws:logs:us-east-1:" + ACCOUNT + ":log-group:" + state.name };
  if (type === "aws:dynamodb/table:Table") return { ...state, arn: "arn:aws:dynamodb:us-east-1:" + ACCOUNT + ":table/" + name, streamArn: arnOf("dynamodb", "table/" + name + "/stream/1") };
  if (type === "aws:lambda/functionUrl:FunctionUrl") return { ...state, functionUrl: "https://" + name.toLowerCase() + ".lambda-url.us-east-1.on.aws/" };
  if (type === "aws:cloudfront/distribution:Distribution") return { ...state, domainName: "d111111abcdef8.cloudfront.net" };
  return state;
}

globalThis.$app = Object.freeze(await appOf(stage));
const { run } = await import("${platform}/src/auto/run.ts");
const { default: config } = await import("${project}/sst.config.ts");
// Components go on after the config's own promise: all is known when nothing is left to be done.
process.once("beforeExit", () => writeFileSync(${JSON.stringify(result)}, JSON.stringify({ app: $app, resources, builds: {} })));
await pulumi.runtime.runInPulumiStack(() => {
  pulumi.runtime.registerStackTransformation(({ name, opts }) => {
    if (opts.ignoreChanges) ignored.set(name, opts.ignoreChanges);
  });
  return run(config.run);
});

async function appOf(stage) {
  const { default: config } = await import("${project}/sst.config.ts");
  const app = await config.app({ stage });
  return { providers: {}, removal: "retain", protect: false, ...app, stage };
}
`;
