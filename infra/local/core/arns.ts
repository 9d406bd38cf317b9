/** Names of the local cloud's resources in AWS's form. The account number belongs to nobody. */
export const ACCOUNT = "000000000000";

export const functionArn = (region: string, name: string): string =>
  `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;

export const queueArn = (region: string, name: string): string => `arn:aws:sqs:${region}:${ACCOUNT}:${name}`;

export const stateMachineArn = (region: string, name: string): string =>
  `arn:aws:states:${region}:${ACCOUNT}:stateMachine:${name}`;

export const scheduleArn = (region: string, group: string, name: string): string =>
  `arn:aws:scheduler:${region}:${ACCOUNT}:schedule/${group}/${name}`;

export const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;

/**
 * The function's name out of any form that Lambda's API accepts: name, partial ARN or ARN, each with or without a
 * qualifier.
 */
export function functionName(nameOrArn: string): string {
  const [, name = nameOrArn] = /(?:^|:)function:([^:]+)(?::[^:]+)?$/.exec(nameOrArn) ?? [];
  return name.replace(/:.*$/, "");
}
