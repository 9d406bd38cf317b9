/**
 * What each kind of resource costs in a month in which nobody uses it, in US dollars (us-east-1). Every kind that the
 * config makes must be here: one whose price at rest nobody has looked up fails the check.
 * Sources: the pricing pages of the services, as of November 2026.
 */
import type { Resource } from "./evaluate.ts";

export type RestPrice = { usd: number; compute?: true; why: string };

const free = (why: string): RestPrice => ({ usd: 0, why });

/** CloudWatch's free tier: alarms and dashboards a month. */
const FREE_ALARMS = 10;
const FREE_DASHBOARDS = 3;

/** Of a running container, an hour: arm64 vCPUs and GB, and its public address. */
const FARGATE = { vcpu: 0.03238, gb: 0.00356, address: 0.005 };
/** How long the daily container runs; most of it is fetching its image, which is billed as well. */
const DAILY_MINUTES = 2;

const PRICES: Record<string, RestPrice> = {
  "aws:acm/certificate:Certificate": free("public certificates are free"),
  "aws:acm/certificateValidation:CertificateValidation": free("a setting"),
  "aws:apigatewayv2/api:Api": free("an HTTP API is billed by request"),
  "aws:apigatewayv2/apiMapping:ApiMapping": free("a setting"),
  "aws:apigatewayv2/authorizer:Authorizer": free("a setting; its function is billed by invocation"),
  "aws:apigatewayv2/domainName:DomainName": free("a name; its certificate is free"),
  "aws:apigatewayv2/integration:Integration": free("a setting"),
  "aws:apigatewayv2/route:Route": free("a setting"),
  "aws:apigatewayv2/stage:Stage": free("a setting"),
  "aws:budgets/budget:Budget": free("budgets without actions are free"),
  "aws:cloudfront/cachePolicy:CachePolicy": free("a setting"),
  "aws:cloudfront/distribution:Distribution": free("billed by request and byte"),
  "aws:cloudfront/function:Function": free("billed by invocation"),
  "aws:cloudfront/keyValueStore:KeyValueStore": free("billed by read and change"),
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": free("a setting"),
  "aws:cloudwatch/dashboard:Dashboard": { usd: 3, why: "$3 each beyond the first three" },
  "aws:cloudwatch/eventRule:EventRule": free("events of AWS's own are free"),
  "aws:cloudwatch/eventTarget:EventTarget": free("a setting"),
  "aws:cloudwatch/logGroup:LogGroup": free("billed by byte written and kept; nothing is written at rest"),
  "aws:cloudwatch/metricAlarm:MetricAlarm": { usd: 0.1, why: "$0.10 each beyond the first ten" },
  "aws:dynamodb/table:Table": free("on demand: billed by request; storage from the first GB-month above 25 GB"),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": free("a setting"),
  "aws:ec2/internetGateway:InternetGateway": free("billed by byte"),
  "aws:ec2/routeTable:RouteTable": free("a setting"),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": free("a setting"),
  "aws:ec2/securityGroup:SecurityGroup": free("a setting"),
  "aws:ec2/subnet:Subnet": free("a range of addresses"),
  "aws:ec2/vpc:Vpc": free("a range of addresses; public ones belong to running containers"),
  "aws:ec2/vpcEndpoint:VpcEndpoint": free("gateways to S3 and DynamoDB are free"),
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": free("a setting"),
  "aws:ecr/repository:Repository": free("billed by its images"),
  "aws:ecs/cluster:Cluster": free("a name; Fargate is billed by the seconds of running containers"),
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": free("a setting"),
  "aws:ecs/taskDefinition:TaskDefinition": free("a description"),
  "aws:iam/role:Role": free("a permission"),
  "aws:lambda/eventSourceMapping:EventSourceMapping": free("streams are read free of charge; the queue's is disabled"),
  "aws:lambda/function:Function": free("billed by invocation and millisecond"),
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": free("a setting"),
  "aws:lambda/functionUrl:FunctionUrl": free("a setting"),
  "aws:lambda/permission:Permission": free("a permission"),
  "aws:route53/record:Record": free("in the price of its zone, which was there before"),
  "aws:s3/bucketNotification:BucketNotification": free("a setting"),
  "aws:s3/bucket:Bucket": { usd: 0.001, why: "the site's own files and code, under 40 MB at $0.023 a GB-month" },
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": free("a setting"),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": free("a setting"),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": free("a setting"),
  "aws:s3/bucketObjectv2:BucketObjectv2": free("in the bucket's price"),
  "aws:s3/bucketPolicy:BucketPolicy": free("a setting"),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": free("a setting"),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": free("keys of S3's own"),
  "aws:scheduler/schedule:Schedule": free("fourteen million starts a month are free; what they start is priced below"),
  "aws:scheduler/scheduleGroup:ScheduleGroup": free("a setting"),
  "aws:sesv2/configurationSet:ConfigurationSet": free("a setting"),
  "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination": free("a setting"),
  "aws:sesv2/emailIdentity:EmailIdentity": free("billed by mail"),
  "aws:sfn/stateMachine:StateMachine": free("billed by transition"),
  "aws:sns/topic:Topic": free("billed by message"),
  "aws:sns/topicPolicy:TopicPolicy": free("a setting"),
  "aws:sns/topicSubscription:TopicSubscription": free("the first thousand mails a month are free"),
  "aws:sqs/queue:Queue": free("billed by request"),
  "command:local:Command": free("runs where the deployment is started"),
  "docker-build:index:Image": { usd: 0.05, why: "half a GB of image at $0.10 a GB-month" },
  "pulumi-nodejs:dynamic:Resource": free("runs where the deployment is started"),
  "pulumi:providers:aws": free("a setting"),
  "random:index/randomBytes:RandomBytes": free("a number"),
  // What Dormouse must never come to need: it runs, and costs, while nobody calls.
  "aws:apprunner/service:Service": { usd: 5, compute: true, why: "provisioned instances" },
  "aws:ec2/instance:Instance": { usd: 6, compute: true, why: "a server" },
  "aws:ec2/natGateway:NatGateway": { usd: 32.85, compute: true, why: "$0.045 an hour" },
  "aws:ecs/service:Service": { usd: 9, compute: true, why: "tasks that run all day" },
  "aws:elasticache/cluster:Cluster": { usd: 12, compute: true, why: "a node" },
  "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": {
    usd: 11,
    compute: true,
    why: "instances kept warm: $0.0000033334 a GB-second",
  },
  "aws:lb/loadBalancer:LoadBalancer": { usd: 16.4, compute: true, why: "$0.0225 an hour" },
};

export type RestLine = { type: string; count: number; usd: number; compute: boolean; why: string };

/** One line a kind of resource, with what all of that kind cost; `undefined` prices are kinds that are not in the table. */
export function priceAtRest(resources: Resource[]): {
  lines: RestLine[];
  unknown: string[];
  usd: number;
  computeUsd: number;
} {
  const counts = new Map<string, number>();
  for (const { type } of resources) counts.set(type, (counts.get(type) ?? 0) + 1);
  const lines = [...counts].sort().flatMap(([type, count]) => {
    const price = PRICES[type];
    return price
      ? [{ type, count, usd: price.usd * billed(type, count), compute: price.compute ?? false, why: price.why }]
      : [];
  });
  const sum = (some: RestLine[]) => some.reduce((total, { usd }) => total + usd, 0);
  lines.push(...housekeeping(resources));
  return {
    lines,
    unknown: [...counts.keys()].filter((type) => !(type in PRICES)).sort(),
    usd: sum(lines),
    computeUsd: sum(lines.filter(({ compute }) => compute)),
  };
}

/** What a stage adds to an account that has one already: what is free of charge is used up by then. */
export const priceOfAnother = (resources: Resource[]): number =>
  priceAtRest([...resources, ...resources]).usd - priceAtRest(resources).usd;

/** What one resource of a kind costs, beyond what is free. */
export const priceOf = (type: string): RestPrice | undefined => PRICES[type];

/**
 * What schedules start while nobody calls. A function's second a day is far within what Lambda gives away (400,000
 * GB-seconds a month); a container is billed from its first second, so every daily one is a line of the idle statement.
 */
function housekeeping(resources: Resource[]): RestLine[] {
  return resources.flatMap(({ type, name, inputs }) => {
    if (type !== "aws:scheduler/schedule:Schedule" || inputs.state === "DISABLED") return [];
    const family = (inputs as { target?: { ecsParameters?: { taskDefinitionArn?: string } } }).target?.ecsParameters
      ?.taskDefinitionArn;
    const task = resources.find(
      (one) => one.type === "aws:ecs/taskDefinition:TaskDefinition" && family?.endsWith(`/${one.inputs.family}`),
    );
    if (!task) return [];
    const { vcpu, gb, address } = FARGATE;
    const hour = (Number(task.inputs.cpu) / 1024) * vcpu + (Number(task.inputs.memory) / 1024) * gb + address;
    const why = `a container of ${DAILY_MINUTES} minutes a day`;
    return [{ type: `schedule ${name}`, count: 30, usd: (30 * DAILY_MINUTES * hour) / 60, compute: false, why }];
  });
}

function billed(type: string, count: number): number {
  if (type === "aws:cloudwatch/metricAlarm:MetricAlarm") return Math.max(0, count - FREE_ALARMS);
  if (type === "aws:cloudwatch/dashboard:Dashboard") return Math.max(0, count - FREE_DASHBOARDS);
  return count;
}
