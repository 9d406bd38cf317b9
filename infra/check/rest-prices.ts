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

const PRICES: Record<string, RestPrice> = {
  "aws:budgets/budget:Budget": free("budgets without actions are free"),
  "aws:cloudfront/cachePolicy:CachePolicy": free("a setting"),
  "aws:cloudfront/distribution:Distribution": free("billed by request and byte"),
  "aws:cloudfront/function:Function": free("billed by invocation"),
  "aws:cloudfront/keyValueStore:KeyValueStore": free("billed by read and change"),
  "aws:cloudwatch/dashboard:Dashboard": { usd: 3, why: "$3 each beyond the first three" },
  "aws:cloudwatch/logGroup:LogGroup": free("billed by byte written and kept; nothing is written at rest"),
  "aws:cloudwatch/metricAlarm:MetricAlarm": { usd: 0.1, why: "$0.10 each beyond the first ten" },
  "aws:dynamodb/table:Table": free("on demand: billed by request; storage from the first GB-month above 25 GB"),
  "aws:iam/role:Role": free("a permission"),
  "aws:lambda/function:Function": free("billed by invocation and millisecond"),
  "aws:lambda/functionUrl:FunctionUrl": free("a setting"),
  "aws:lambda/permission:Permission": free("a permission"),
  "aws:s3/bucket:Bucket": { usd: 0.001, why: "the site's own files and code, under 40 MB at $0.023 a GB-month" },
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": free("a setting"),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": free("a setting"),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": free("a setting"),
  "aws:s3/bucketObjectv2:BucketObjectv2": free("in the bucket's price"),
  "aws:s3/bucketPolicy:BucketPolicy": free("a setting"),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": free("a setting"),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": free("keys of S3's own"),
  "aws:sns/topic:Topic": free("billed by message"),
  "aws:sns/topicPolicy:TopicPolicy": free("a setting"),
  "aws:sns/topicSubscription:TopicSubscription": free("the first thousand mails a month are free"),
  "command:local:Command": free("runs where the deployment is started"),
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
  return {
    lines,
    unknown: [...counts.keys()].filter((type) => !(type in PRICES)).sort(),
    usd: sum(lines),
    computeUsd: sum(lines.filter(({ compute }) => compute)),
  };
}

function billed(type: string, count: number): number {
  if (type === "aws:cloudwatch/metricAlarm:MetricAlarm") return Math.max(0, count - FREE_ALARMS);
  if (type === "aws:cloudwatch/dashboard:Dashboard") return Math.max(0, count - FREE_DASHBOARDS);
  return count;
}
