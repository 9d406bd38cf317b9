/**
 * Bucket policies ("Bucket policies for Amazon S3" in the user guide), as far as they deny reading. Roles decide who
 * may do what; they are not evaluated here. Everything else that a policy may contain is refused by name.
 */
import { receiveText } from "./body.ts";
import { S3Error } from "./errors.ts";
import type { BucketRow, ObjectRow } from "./index-db.ts";
import type { Reply, S3Request } from "./request.ts";
import type { Storage } from "./storage.ts";

type Conditions = Record<string, Record<string, string[]>>;
type Statement = { actions: string[]; resources: string[]; conditions: Conditions };

/** "Bucket policies are limited to 20 KB in size." */
const MAX_BYTES = 20 * 1024;

const malformed = (message: string): S3Error => new S3Error("MalformedPolicy", message);
const notHere = (what: string): S3Error => new S3Error("NotImplemented", `${what} is not implemented here.`);

const OPERATORS: Record<string, (value: string, wanted: string) => boolean> = {
  StringEquals: (value, wanted) => value === wanted,
  StringNotEquals: (value, wanted) => value !== wanted,
  NumericGreaterThan: (value, wanted) => Number(value) > Number(wanted),
  NumericLessThan: (value, wanted) => Number(value) < Number(wanted),
};
const VARIABLES = /^s3:(ExistingObjectTag\/.{1,128}|authType|signatureAge)$/;

/** The statements of a policy's JSON. Throws MalformedPolicy, and NotImplemented for what is not implemented here. */
function readPolicy(source: string, bucket: string): Statement[] {
  const { Version, Statement: given } = parse(source);
  if (Version !== "2012-10-17" && Version !== "2008-10-17")
    throw malformed("The policy must contain a valid version string");
  const statements = (Array.isArray(given) ? given : [given]).map((one) => readStatement(one, bucket));
  if (statements.length === 0) throw malformed("Missing required field Statement");
  return statements;
}

function parse(source: string): Record<string, unknown> {
  try {
    const policy: unknown = JSON.parse(source);
    if (isRecord(policy)) return policy;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw malformed("Policies must be valid JSON and the first byte must be '{'");
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function textsOf(value: unknown, what: string): string[] {
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.map((one) => {
    if (typeof one === "string" || typeof one === "number" || typeof one === "boolean") return String(one);
    throw malformed(`Policy has invalid ${what}`);
  });
}

function readStatement(statement: unknown, bucket: string): Statement {
  if (!isRecord(statement)) throw malformed("Policy has invalid statement");
  const { Sid: _sid, Effect, Principal, Action, Resource, Condition = {}, ...others } = statement;
  const [other] = Object.keys(others);
  if (other !== undefined) throw notHere(`A policy's ${other}`);
  if (Effect !== "Allow" && Effect !== "Deny") throw malformed("Policy has invalid effect");
  if (Effect === "Allow") throw notHere("A policy that allows");
  const everyone = Principal === "*" || (isRecord(Principal) && textsOf(Principal["AWS"], "principal").includes("*"));
  if (!everyone) throw notHere("A policy for some principals");
  const actions = textsOf(Action, "action");
  for (const action of actions) if (action !== "s3:GetObject") throw notHere(`A policy for ${action}`);
  const resources = textsOf(Resource, "resource");
  if (!resources.every((arn) => arn.startsWith(`arn:aws:s3:::${bucket}/`)))
    throw malformed("Policy has invalid resource");
  return { actions, resources, conditions: readConditions(Condition) };
}

function readConditions(given: unknown): Conditions {
  if (!isRecord(given)) throw malformed("Policy has invalid condition");
  return Object.fromEntries(
    Object.entries(given).map(([operator, tests]) => {
      if (!OPERATORS[operator]) throw notHere(`The condition ${operator}`);
      if (!isRecord(tests)) throw malformed("Policy has invalid condition");
      const entries = Object.entries(tests).map(([variable, values]) => {
        if (!VARIABLES.test(variable)) throw notHere(`A condition on ${variable}`);
        return [variable, textsOf(values, "condition")] as const;
      });
      return [operator, Object.fromEntries(entries)];
    }),
  );
}

/** Throws AccessDenied when the bucket's policy denies this request to read the object. */
export function refuseDenied(storage: Storage, request: S3Request, object: ObjectRow): void {
  const { policy } = storage.index.findBucket(object.bucket) ?? {};
  if (!policy) return;
  const arn = `arn:aws:s3:::${object.bucket}/${object.key.toString()}`;
  const denies = (JSON.parse(policy) as { statements: Statement[] }).statements.some(
    ({ resources, conditions }) =>
      resources.some((pattern) => matches(pattern, arn)) &&
      holds(conditions, (name) => valueFor(name, request, object)),
  );
  if (denies) throw new S3Error("AccessDenied", "Access Denied with an explicit deny in a resource-based policy");
}

/**
 * All conditions must hold, each for one of its values. A key that the request lacks fails every condition except a
 * "not".
 */
function holds(conditions: Conditions, valueFor: (variable: string) => string | undefined): boolean {
  return Object.entries(conditions).every(([operator, tests]) =>
    Object.entries(tests).every(([variable, wanted]) => {
      const value = valueFor(variable);
      const compare = OPERATORS[operator];
      if (operator === "StringNotEquals") return wanted.every((one) => value !== one);
      return value !== undefined && compare !== undefined && wanted.some((one) => compare(value, one));
    }),
  );
}

function valueFor(variable: string, request: S3Request, object: ObjectRow): string | undefined {
  const { via, timestamp } = request.auth;
  if (variable === "s3:authType") return via === "query" ? "REST-QUERY-STRING" : "REST-HEADER";
  // Only for signed URLs ("Amazon S3 Signature Version 4 Authentication Specific Policy Keys").
  if (variable === "s3:signatureAge")
    return via === "query" ? String(request.now.getTime() - timeOf(timestamp)) : undefined;
  return object.tags[variable.slice("s3:ExistingObjectTag/".length)];
}

const timeOf = (timestamp: string): number =>
  Date.parse(timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

/** `*` matches anything, `?` one character. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^]*")
    .replaceAll("?", "[^]");
  return new RegExp(`^${source}$`).test(text);
}

export function getPolicy(bucket: BucketRow): Reply {
  if (!bucket.policy) throw new S3Error("NoSuchBucketPolicy");
  const { source } = JSON.parse(bucket.policy) as { source: string };
  return { status: 200, headers: { "content-type": "application/json" }, body: source };
}

export async function putPolicy(storage: Storage, request: S3Request): Promise<Reply> {
  const source = await receiveText(request, { maxBytes: MAX_BYTES });
  storage.index.configureBucket(request.bucket, "policy", stored(source, request.bucket));
  return { status: 204 };
}

/** The policy as it was put, and its parsed statements. */
export const stored = (source: string, bucket: string): string =>
  JSON.stringify({ source, statements: readPolicy(source, bucket) });

export function deletePolicy(storage: Storage, request: S3Request): Reply {
  storage.index.configureBucket(request.bucket, "policy", null);
  return { status: 204 };
}
