import { ASYNC_RETRIES, functionList, notBundled } from "./function-list.ts";
import { assumedByLambda, functionArn, logs, nameOf } from "./names.ts";
import { closedNetwork } from "./network.ts";
import { FailedQueue } from "./queue.ts";
import { type Right, rights } from "./rights.ts";
import { readSettings } from "./settings.ts";

/** What a function of the list needs beside its size. */
export type Needs = {
  rights: Right[];
  links: unknown[];
  /** Called asynchronously: tried again, and kept in the queue of what failed when that was in vain. */
  async?: true;
  /** In a network that ends at the bucket of uploads. */
  shutIn?: true;
  /** Packages of `notBundled` that it uses, with their versions: built for the function's own processor. */
  install?: Record<string, string>;
};

/** Of asynchronous calls: how long Lambda goes on trying. */
const MAX_EVENT_AGE_SECONDS = 6 * 3600;

/** One of `functionList`, with a log group and a role of its own. */
export function lambda(name: string, { rights: given, links, async, shutIn, install }: Needs): sst.aws.Function {
  const { entry, memoryMb, timeoutSeconds, concurrency } = functionList[name]!;
  const title = `${name[0]!.toUpperCase()}${name.slice(1)}Function`;
  const group = logs(title);
  return new sst.aws.Function(title, {
    name: nameOf(name),
    handler: entry.replace(/\.ts$/, ".handler"),
    runtime: "nodejs24.x",
    architecture: "arm64",
    memory: `${memoryMb} MB`,
    timeout: `${timeoutSeconds} seconds`,
    ...(readSettings().reserve ? { concurrency: { reserved: concurrency } } : {}),
    logging: { logGroup: group.name, format: "json" },
    link: links,
    // Mail is rendered by React.
    environment: { NODE_ENV: "production" },
    permissions: [
      ...given,
      ...(async ? rights.failInto : []),
      ...(shutIn ? networkInterfaces(name) : []),
      { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [$interpolate`${group.arn}:*`] },
    ],
    ...(shutIn ? { vpc: closedNetwork } : {}),
    nodejs: { format: "esm", esbuild: { external: notBundled }, ...(install ? { install } : {}) },
    ...(async ? { retries: ASYNC_RETRIES } : {}),
    transform: {
      role: (role) => {
        role.assumeRolePolicy = assumedByLambda;
        // SST adds a policy that may write to every log group.
        role.managedPolicyArns = [];
      },
      eventInvokeConfig: {
        maximumEventAgeInSeconds: MAX_EVENT_AGE_SECONDS,
        destinationConfig: { onFailure: { destination: FailedQueue.properties.arn } },
      },
    },
  });
}

/**
 * Lambda itself connects a function to its network, with the function's role. The function's own code may not ("Giving
 * Lambda functions access to resources in an Amazon VPC" in the Lambda guide).
 */
function networkInterfaces(name: string): Right[] {
  const actions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ];
  return [
    { actions, resources: ["*"] },
    {
      ...{ effect: "deny", actions, resources: ["*"] },
      conditions: [{ test: "ArnEquals", variable: "lambda:SourceFunctionArn", values: [functionArn(name)] }],
    },
  ];
}
