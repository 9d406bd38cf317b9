/**
 * What the application learns from its environment: the same variables as on AWS, where SST's links and the Lambda
 * runtime set them.
 */
import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ACCOUNT, functionArn, queueArn, roleArn, stateMachineArn } from "./core/arns.ts";
import type { Credentials } from "./core/sigv4.ts";
import { type Keys, type Purpose, writeKeys } from "./declaration.ts";

export const TABLE_NAME = "dormouse-local-table";
export const UPLOADS_BUCKET = "dormouse-local-uploads";
export const DERIVED_BUCKET = "dormouse-local-derived";
export const SIGNATURES_BUCKET = "dormouse-local-signatures";
export const FAILED_QUEUE = "dormouse-local-failed";
/** The event source mapping between the queue of failed events and the function that redrives them. */
export const REDRIVE_MAPPING = "d0a0b5e0-0000-4000-8000-000000000001";
export const SCHEDULE_GROUP = "dormouse-local";
export const STATE_MACHINE = "dormouse-local";
export const SENDER = "Dormouse <dormouse@localhost>";
/** A signature that finds the EICAR test file, for machines without a database of real signatures. */
const TEST_SIGNATURES = fileURLToPath(new URL("../tasks/scan/test.ndb", import.meta.url));

/** A service's endpoint. `ours` is true when the local cloud serves it; otherwise the user has chosen it. */
export type Endpoint = { url: string; port: number; ours: boolean };

export type Environment = {
  home: string;
  port: number;
  region: string;
  credentials: Credentials;
  keys: Record<Purpose, Keys>;
  s3: Endpoint;
  dynamodb: Endpoint;
  /** The port that the other services share. */
  services: { port: number; url: string };
  /** Where each service is reached, here or at the user's endpoint, by the end of the SDK's variable (`SFN`). */
  endpoints: Record<string, Endpoint>;
  /** Time before the second attempt of an asynchronous invocation, in milliseconds; the third waits twice as long. */
  asyncRetryMs: number;
  /** An engine is stopped this long after its last use, in milliseconds. */
  idleMs: number;
  /** The name of the function that a debugger is to be attached to. */
  inspect: string | undefined;
  /** The app's address: `http://localhost:3000`. */
  origin: string;
};

/** The AWS part of the environment, which `npm run cloud -- env` prints for the SDK, the AWS CLI and tests. */
export function awsVariables(environment: Environment, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const { credentials, region, keys } = environment;
  const chosen = Object.entries(env).filter(([name, value]) => name.startsWith("AWS_ENDPOINT_URL_") && value);
  // Without spaces, so that a shell reads each printed variable as a whole: export $(npm run -s cloud -- env)
  const resource = (value: Record<string, string>): string => JSON.stringify(value).replaceAll(" ", "\\u0020");
  return {
    ...(Object.fromEntries(chosen) as Record<string, string>),
    ...Object.fromEntries(
      Object.entries(environment.endpoints).map(([name, { url }]) => [`AWS_ENDPOINT_URL_${name}`, url]),
    ),
    AWS_REGION: region,
    // Version 1 of the AWS CLI reads the region from this variable only.
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken ? { AWS_SESSION_TOKEN: credentials.sessionToken } : {}),
    SST_RESOURCE_App: resource({ name: "dormouse", stage: "local" }),
    SST_RESOURCE_Table: resource({ name: TABLE_NAME }),
    SST_RESOURCE_Uploads: resource({ name: UPLOADS_BUCKET }),
    SST_RESOURCE_LinkKeys: resource({ value: writeKeys(keys.links) }),
    SST_RESOURCE_GrantKeys: resource({ value: writeKeys(keys.grants) }),
    SST_RESOURCE_SignInKeys: resource({ value: writeKeys(keys["sign-in"]) }),
    SST_RESOURCE_Derived: resource({ name: DERIVED_BUCKET }),
    SST_RESOURCE_Signatures: resource({ name: SIGNATURES_BUCKET }),
    SST_RESOURCE_Workflow: resource({ arn: stateMachineArn(region, STATE_MACHINE) }),
    SST_RESOURCE_FailedQueue: resource({
      url: queueUrl(environment, FAILED_QUEUE),
      arn: queueArn(region, FAILED_QUEUE),
    }),
    SST_RESOURCE_Broker: resource({ name: "broker" }),
    SST_RESOURCE_Inspector: resource({ name: "inspect" }),
    SST_RESOURCE_Redrive: resource({ uuid: REDRIVE_MAPPING }),
    SST_RESOURCE_Webhooks: resource({
      name: "webhooks",
      group: SCHEDULE_GROUP,
      role: roleArn("dormouse-local-webhooks"),
      target: functionArn(region, "webhooks"),
    }),
    SST_RESOURCE_Deadlines: resource({
      group: SCHEDULE_GROUP,
      role: roleArn("dormouse-local-deadlines"),
      target: functionArn(region, "deadlines"),
    }),
    SST_RESOURCE_Mail: resource({ sender: SENDER }),
  };
}

/** Whether the local cloud serves every service itself. */
export const servesEverything = ({ endpoints }: Pick<Environment, "endpoints">): boolean =>
  Object.values(endpoints).every(({ ours }) => ours);

/** The address of the inbox, which shows sent mail in the browser. */
export const inboxPort = ({ services }: Environment): number => services.port + 1;

/** Where the HTTP API is called. */
export const apiPort = ({ services }: Environment): number => services.port + 2;

/** The key that opens the inbox in a browser. It changes only when the keys of sign-in links are rotated. */
export const inboxKey = ({ keys }: Environment): string =>
  createHmac("sha256", keys["sign-in"][0]).update("inbox").digest("base64url");

export const inboxLink = (environment: Environment): string =>
  `http://localhost:${inboxPort(environment)}/?key=${inboxKey(environment)}`;

export const queueUrl = ({ services }: Environment, name: string): string => `${services.url}/${ACCOUNT}/${name}`;

/** The environment of a function; nothing else of the user's shell reaches it. */
export function functionVariables(
  environment: Environment,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const kept = ["PATH", "HOME", "LANG", "NODE_EXTRA_CA_CERTS"].flatMap((name) =>
    env[name] ? [[name, env[name]]] : [],
  );
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    ...awsVariables(environment, env),
    __NEXT_PRIVATE_ORIGIN: environment.origin,
    DORMOUSE_ORIGIN: environment.origin,
    DORMOUSE_API_URL: `http://localhost:${apiPort(environment)}`,
    DORMOUSE_TEST_SIGNATURES: TEST_SIGNATURES,
    // A receiver of webhooks may run on this machine; on AWS it has to be on the Internet.
    DORMOUSE_PRIVATE_WEBHOOKS: "allow",
    // Without a scanner files are delivered and marked as not scanned; on AWS they would not be delivered.
    ...(hasScanner(env) ? {} : { DORMOUSE_UNSCANNED: "deliver" }),
  };
}

/** Whether this machine has ClamAV's daemon where Debian and others install it. */
export const hasScanner = (env: NodeJS.ProcessEnv = process.env): boolean =>
  [...(env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"].some((folder) =>
    existsSync(join(folder, "clamd")),
  );
