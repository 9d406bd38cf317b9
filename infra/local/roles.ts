/**
 * Roles of the local cloud's programs. Each program has credentials of its own, and the local S3 knows which buckets it
 * may list on AWS. If the user has chosen some endpoints, all programs have the user's credentials.
 */

import { createHmac } from "node:crypto";
import type { Credentials } from "./core/sigv4.ts";
import { type FunctionDeclaration, functionList, type TaskDeclaration, taskList } from "./declaration.ts";
import {
  DERIVED_BUCKET,
  type Environment,
  SIGNATURES_BUCKET,
  servesEverything,
  UPLOADS_BUCKET,
} from "./environment.ts";
import type { RestrictedCaller } from "./front.ts";
import type { Caller } from "./services/s3/server.ts";

/** Buckets of which a program's role has s3:ListBucket; a check compares it with the deployed roles. */
export const MAY_LIST: Record<string, readonly ("Uploads" | "Derived" | "Signatures")[]> = {
  web: ["Uploads", "Derived"],
  check: ["Uploads"],
  preview: ["Uploads"],
  publish: [],
  announce: [],
  finish: ["Uploads"],
  noteFailure: ["Uploads"],
  objects: ["Uploads"],
  changes: ["Uploads", "Derived"],
  deadlines: ["Uploads", "Derived"],
  bounces: [],
  webhooks: [],
  sweep: ["Uploads", "Derived"],
  redrive: ["Uploads", "Derived"],
  inspect: [],
  broker: ["Uploads", "Signatures"],
  scan: [],
  transcode: [],
  signatures: ["Signatures"],
  api: ["Uploads", "Derived"],
  authorize: [],
};

const NAMES = { Uploads: UPLOADS_BUCKET, Derived: DERIVED_BUCKET, Signatures: SIGNATURES_BUCKET };

const declarations: Record<string, FunctionDeclaration | TaskDeclaration | undefined> = {
  ...functionList,
  ...taskList,
};

export const PROGRAMS = ["web", ...Object.keys(functionList), ...Object.keys(taskList)];

/** Derived from the user's credentials, so they stay the same after each start. */
export function credentialsOf(environment: Environment, program: string): Credentials {
  const { credentials } = environment;
  if (!servesEverything(environment)) return credentials;
  const { accessKeyId, secretAccessKey, sessionToken = "" } = credentials;
  const derived = (what: string, encoding: "hex" | "base64"): string =>
    createHmac("sha256", secretAccessKey).update(`${program} ${what}`).digest(encoding);
  const id = derived("id", "hex")
    .toUpperCase()
    .slice(0, Math.max(0, accessKeyId.length - 4));
  return {
    accessKeyId: `ASIA${id}`,
    secretAccessKey: derived("secret", "base64").slice(0, 40),
    sessionToken: `${sessionToken.slice(0, -64)}${derived("token", "hex")}`,
  };
}

/**
 * Who may call services: the user and, if programs have credentials of their own, all programs that have any rights.
 */
export const callersOf = (environment: Environment): Credentials & { others: readonly Credentials[] } => ({
  ...environment.credentials,
  others: programsOf(environment).map((program) => credentialsOf(environment, program)),
});

/** An isolated program has signed URLs, and credentials that no service accepts, except for isolatedTasks. */
const programsOf = (environment: Environment): string[] =>
  servesEverything(environment) ? PROGRAMS.filter((program) => declarations[program]?.isolated !== true) : [];

/** Isolated tasks by key id: what each may do at the services that share a port. */
export const isolatedTasks = (
  environment: Environment,
  tasks: Record<string, TaskDeclaration> = taskList,
): Map<string, RestrictedCaller> =>
  new Map(
    Object.entries(tasks)
      .filter(([, { isolated }]) => isolated && servesEverything(environment))
      .map(([name, { invokes = [] }]) => {
        const credentials = credentialsOf(environment, name);
        return [credentials.accessKeyId, { credentials, invokes }];
      }),
  );

/** The programs' roles, for the local S3. */
export const callers = (environment: Environment): Caller[] =>
  servesEverything(environment)
    ? programsOf(environment).map((program) => ({
        credentials: credentialsOf(environment, program),
        mayList: (MAY_LIST[program] ?? []).map((bucket) => NAMES[bucket]),
      }))
    : [];

/** A role's credentials in the SDK's variables. */
export function roleVariables(environment: Environment, program: string): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentialsOf(environment, program);
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken ? { AWS_SESSION_TOKEN: sessionToken } : {}),
  };
}
