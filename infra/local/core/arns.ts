/** Names of what the local cloud has, in AWS's form; the account is one that nobody has. */
export const ACCOUNT = "000000000000";

export const functionArn = (region: string, name: string): string =>
  `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;

export const queueArn = (region: string, name: string): string => `arn:aws:sqs:${region}:${ACCOUNT}:${name}`;

export const stateMachineArn = (region: string, name: string): string =>
  `arn:aws:states:${region}:${ACCOUNT}:stateMachine:${name}`;

export const scheduleArn = (region: string, group: string, name: string): string =>
  `arn:aws:scheduler:${region}:${ACCOUNT}:schedule/${group}/${name}`;

export const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;

/** The name in whatever Lambda's API takes for a function: name, partial ARN or ARN, each with a qualifier or without. */
export function functionName(nameOrArn: string): string {
  const [, name = nameOrArn] = /(?:^|:)function:([^:]+)(?::[^:]+)?$/.exec(nameOrArn) ?? [];
  return name.replace(/:.*$/, "");
}
