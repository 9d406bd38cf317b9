/** How rules read a stack: resources of a kind, inputs by their path, statements of policies. */
import type { Resource, Stack } from "./evaluate.ts";

export type Statement = {
  Effect: string;
  Action: string | string[];
  Resource?: string | string[];
  Principal?: string | Record<string, string | string[]>;
  Condition?: Record<string, Record<string, unknown>>;
};

export const list = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** An input deep inside a resource, by its path such as `ttl.enabled`. */
export function input(resource: Resource, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], resource.inputs);
}

export const text = (resource: Resource, path: string): string => String(input(resource, path) ?? "");

/** Resources of a kind, by the last part of the type: `Bucket`, or with its service, `lambda/function:Function`. */
export const ofKind = ({ resources }: Stack, kind: string): Resource[] =>
  resources.filter(({ type }) => type.endsWith(kind.includes("/") ? kind : `:${kind}`));

export const statementsOf = (policy: unknown): Statement[] =>
  typeof policy === "string" && policy !== ""
    ? list((JSON.parse(policy) as { Statement: Statement | Statement[] }).Statement)
    : typeof policy === "object" && policy !== null
      ? list((policy as { Statement: Statement | Statement[] }).Statement)
      : [];

export const functionsOf = (stack: Stack): Resource[] => ofKind(stack, "aws:lambda/function:Function");

export const rolesOf = (stack: Stack): Resource[] => ofKind(stack, "iam/role:Role");

export const inlineStatements = (role: Resource): Statement[] =>
  list(input(role, "inlinePolicies") as { policy: string }[]).flatMap(({ policy }) => statementsOf(policy));

export const allowedStatements = (role: Resource): Statement[] =>
  inlineStatements(role).filter(({ Effect }) => Effect === "Allow");

export const principalsOf = ({ Principal }: Statement): string[] =>
  typeof Principal === "string"
    ? [Principal]
    : Object.entries(Principal ?? {}).flatMap(([kind, who]) =>
        list(who).map((one) => (one === "*" || kind === "*" ? "*" : one)),
      );

/** The settings of a bucket that live in a resource of their own, found by the bucket's name. */
export const settingOf = (stack: Stack, bucket: Resource, kind: string): Resource | undefined =>
  ofKind(stack, kind).find((setting) => input(setting, "bucket") === input(bucket, "bucket"));
