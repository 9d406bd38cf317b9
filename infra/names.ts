/**
 * Names and ARNs that are known before anything is made. The workflow's functions start the workflow, which calls them:
 * by what they are called, such rings can be declared one after the other.
 */

import { nameIn } from "./stage-names.ts";

const { accountId } = aws.getCallerIdentityOutput();
const { region } = aws.getRegionOutput();
const { partition } = aws.getPartitionOutput();

export const nameOf = (name: string): string => nameIn($app.stage, name);

export const arnOf = (service: string, resource: $util.Input<string>): $util.Output<string> =>
  $interpolate`arn:${partition}:${service}:${region}:${accountId}:${resource}`;

export const functionArn = (name: string): $util.Output<string> => arnOf("lambda", `function:${nameOf(name)}`);

/** Executions are named after transfer and wave, so any of them may be asked for. */
export const workflowName = nameOf("delivery");
export const workflowArn = arnOf("states", `stateMachine:${workflowName}`);
export const executionArns = arnOf("states", `execution:${workflowName}:*`);

/** A role that one service takes, for resources of this account alone. */
export const assumedBy = (service: string): $util.Output<string> =>
  aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        actions: ["sts:AssumeRole"],
        principals: [{ type: "Service", identifiers: [service] }],
        conditions: [{ test: "StringEquals", variable: "aws:SourceAccount", values: [accountId] }],
      },
    ],
  }).json;

/** SST would let the whole account take a function's role. */
export const assumedByLambda = $jsonStringify(
  aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
);

/** The start of a log group's name; the rest is random, so that a stage can be made again while old logs are kept. */
export const logs = (name: string) =>
  new aws.cloudwatch.LogGroup(`${name}Logs`, {
    namePrefix: `/${$app.name}/${$app.stage}/${name.replace(/\B[A-Z]/g, "-$&").toLowerCase()}-`,
    retentionInDays: 30,
  });
