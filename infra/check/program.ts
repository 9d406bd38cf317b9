/**
 * Runs `sst.config.ts` under Pulumi's mocks and collects every resource that would be made. It runs beside SST's platform,
 * in a bundle whose entry hands it the platform's packages (bundle-program.ts).
 */
import { writeFileSync } from "node:fs";

/** Of `@pulumi/pulumi`, what is used here. */
type Pulumi = {
  runtime: {
    setAllConfig(config: Record<string, string>): void;
    setMocks(mocks: Mocks, project: string, stack: string, preview: boolean): void;
    runInPulumiStack(work: () => unknown): Promise<unknown>;
    registerStackTransformation(transform: (made: { name: string; opts: { ignoreChanges?: string[] } }) => void): void;
  };
};

type Mocks = {
  newResource(made: MockResource): { id: string | undefined; state: object };
  call(asked: { token: string; inputs: Inputs }): object;
};

type MockResource = { type: string; name: string; inputs: Inputs; custom?: boolean };

/** As a component gives them; those that are named here are texts wherever they are given. */
type Inputs = { [name: string]: unknown } & Partial<
  Record<"name" | "namePrefix" | "bucket" | "family" | "configurationSetName", string>
>;

type Config = { app(input: { stage: string }): object | Promise<object>; run(): unknown };

type Parts = {
  pulumi: Pulumi;
  /** The project's config, which may be read only once `$app` is there. */
  config(): Promise<{ default: Config }>;
  /** SST's own way to run it. */
  runner(): Promise<{ run(program: Config["run"]): unknown }>;
  stage: string;
  /** Gets `{ app, resources, builds }` as JSON. */
  result: string;
};

const ACCOUNT = "123456789012";

/** Evaluates the config for a stage. Rejects with what the config threw. */
export async function collectResources({ pulumi, config, runner, stage, result }: Parts): Promise<void> {
  const resources: object[] = [];
  const ignored = new Map<string, string[]>();
  pulumi.runtime.setAllConfig({ "aws:region": "us-east-1" });
  const mocks: Mocks = {
    newResource({ type, name, inputs, custom }) {
      if (custom !== false) {
        // Guarantee: an object stays one.
        const told = shown(type, plain(inputs) as Inputs);
        resources.push({ type, name, inputs: told, ignoreChanges: ignored.get(name) });
      }
      return { id: custom === false ? undefined : `${name}-id`, state: stateOf(type, name, inputs) };
    },
    call: ({ token, inputs }) => answers[token]?.(inputs) ?? inputs,
  };
  pulumi.runtime.setMocks(mocks, "dormouse", stage, false);
  const { default: stack } = await config();
  const app = { providers: {}, removal: "retain", protect: false, ...(await stack.app({ stage })), stage };
  Object.assign(globalThis, { $app: Object.freeze(app) });
  const { run } = await runner();
  // Components go on after the config's own promise: all is known when nothing is left to be done.
  process.once("beforeExit", () => writeFileSync(result, JSON.stringify({ app, resources, builds: {} })));
  await pulumi.runtime.runInPulumiStack(() => {
    pulumi.runtime.registerStackTransformation(({ name, opts }) => {
      if (opts.ignoreChanges) ignored.set(name, opts.ignoreChanges);
    });
    return run(stack.run);
  });
}

/** A secret output comes wrapped under Pulumi's own signature (its "4dabf…" key). */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if ("4dabf18193072939515e22adb298388d" in value) return plain("value" in value ? value.value : undefined);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** The build's environment differs from machine to machine: of a variable only its name is told, of a link what it has. */
function shown(type: string, inputs: Inputs): object {
  if (type === "pulumi-nodejs:dynamic:Resource") return { ...inputs, __provider: undefined };
  if (type !== "command:local:Command") return inputs;
  const told = Object.entries(inputs["environment"] as Record<string, string>).map(([key, value]) => {
    const isLink = key.startsWith("SST_RESOURCE_");
    return [
      key,
      isLink
        ? Object.keys(JSON.parse(value) as object)
            .toSorted()
            .join()
        : "",
    ];
  });
  return { ...inputs, environment: Object.fromEntries(told) as object };
}

const answers: Record<string, (inputs: Inputs) => object> = {
  "aws:index/getRegion:getRegion": () => ({ id: "us-east-1", name: "us-east-1", region: "us-east-1" }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({
    accountId: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:root`,
    id: ACCOUNT,
    userId: "u",
  }),
  "aws:index/getPartition:getPartition": () => ({ id: "aws", partition: "aws", dnsSuffix: "amazonaws.com" }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({
    id: "zones",
    names: ["us-east-1a", "us-east-1b", "us-east-1c"],
    zoneIds: [],
  }),
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": () => ({
    id: "token",
    userName: "AWS",
    password: "token",
    proxyEndpoint: `https://${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`,
  }),
  "aws:iam/getPolicyDocument:getPolicyDocument": (inputs) => {
    const statements = (inputs["statements"] ?? []) as Statement[];
    return {
      ...inputs,
      statements: statements.length > 0 ? statements : undefined,
      id: "policy",
      json: JSON.stringify(policyOf(statements)),
    };
  },
};

type Statement = {
  sid?: string;
  effect?: string;
  actions?: string[];
  resources?: string[];
  principals?: { type: string; identifiers: string[] }[];
  conditions?: { test: string; variable: string; values: string[] }[];
};

function policyOf(statements: Statement[]): object {
  return {
    Version: "2012-10-17",
    Statement: statements.map(({ effect = "Allow", actions, resources, principals, conditions, sid }) => ({
      ...(sid ? { Sid: sid } : {}),
      Effect: effect,
      Action: actions,
      Resource: resources,
      ...(principals
        ? { Principal: Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers])) as object }
        : {}),
      ...(conditions
        ? {
            Condition: conditions.reduce<Record<string, object>>(
              (all, { test, variable, values }) => ({ ...all, [test]: { ...all[test], [variable]: values } }),
              {},
            ),
          }
        : {}),
    })),
  };
}

/** What AWS would say of a resource that it has made. */
function stateOf(type: string, id: string, inputs: Inputs): object {
  const [service = "", kind = ""] = [type.split(":")[1]?.split("/")[0], type.split(":").at(-1)];
  const name = inputs.name ?? (inputs.namePrefix ? `${inputs.namePrefix}1` : id);
  const arnOf = (owner: string, resource: string): string => `arn:aws:${owner}:us-east-1:${ACCOUNT}:${resource}`;
  const state = { ...inputs, name, arn: arnOf(service, `${kind.toLowerCase()}/${id}`) };
  switch (type) {
    case "aws:s3/bucket:Bucket": {
      const bucket = inputs.bucket ?? `${id.toLowerCase()}-bucket`;
      const host = `${bucket}.s3.us-east-1.amazonaws.com`;
      return { ...state, bucket, arn: `arn:aws:s3:::${bucket}`, bucketRegionalDomainName: host, region: "us-east-1" };
    }
    case "aws:iam/role:Role":
      return { ...state, arn: `arn:aws:iam::${ACCOUNT}:role/${name}` };
    case "aws:lambda/function:Function":
      return { ...state, arn: arnOf("lambda", `function:${name}`), lastModified: "now" };
    case "aws:lambda/eventSourceMapping:EventSourceMapping":
      return { ...state, uuid: `${id}-uuid`, arn: arnOf("lambda", `event-source-mapping:${id}`) };
    case "aws:sqs/queue:Queue":
      return { ...state, arn: arnOf("sqs", name), url: `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/${name}` };
    case "aws:sfn/stateMachine:StateMachine":
      return { ...state, arn: arnOf("states", `stateMachine:${name}`) };
    case "aws:ecs/cluster:Cluster":
      return { ...state, arn: arnOf("ecs", `cluster/${name}`) };
    case "aws:ecs/taskDefinition:TaskDefinition": {
      const arnWithoutRevision = arnOf("ecs", `task-definition/${inputs.family}`);
      return { ...state, arn: `${arnWithoutRevision}:1`, arnWithoutRevision };
    }
    case "aws:ecr/repository:Repository": {
      const repositoryUrl = `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/${name}`;
      return { ...state, arn: arnOf("ecr", `repository/${name}`), repositoryUrl };
    }
    case "docker-build:index:Image":
      return { ...state, digest: `sha256:${id}`, ref: "ref" };
    case "aws:sesv2/configurationSet:ConfigurationSet":
      return { ...state, arn: arnOf("ses", `configuration-set/${inputs.configurationSetName}`) };
    case "aws:cloudwatch/eventRule:EventRule":
      return { ...state, arn: arnOf("events", `rule/${name}`) };
    case "aws:cloudwatch/logGroup:LogGroup":
      return { ...state, arn: arnOf("logs", `log-group:${name}`) };
    case "aws:dynamodb/table:Table":
      return { ...state, arn: arnOf("dynamodb", `table/${id}`), streamArn: arnOf("dynamodb", `table/${id}/stream/1`) };
    case "aws:acm/certificate:Certificate": {
      const record = {
        resourceRecordName: "_1.example.com",
        resourceRecordType: "CNAME",
        resourceRecordValue: "_2.aws",
      };
      return { ...state, domainValidationOptions: [{ domainName: inputs.domainName, ...record }] };
    }
    case "aws:apigatewayv2/api:Api":
      return { ...state, executionArn: arnOf("execute-api", id), apiEndpoint: `https://${id}.execute-api.example` };
    case "aws:lambda/functionUrl:FunctionUrl":
      return { ...state, functionUrl: `https://${id.toLowerCase()}.lambda-url.us-east-1.on.aws/` };
    case "aws:cloudfront/distribution:Distribution":
      return { ...state, domainName: "d111111abcdef8.cloudfront.net" };
    default:
      return state;
  }
}
