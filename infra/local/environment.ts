/**
 * What the application is told through its environment: the same names as on AWS, where SST's links and the Lambda
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
/** The event source mapping between the queue of what failed and its function. */
export const REDRIVE_MAPPING = "d0a0b5e0-0000-4000-8000-000000000001";
export const SCHEDULE_GROUP = "dormouse-local";
export const STATE_MACHINE = "dormouse-local";
export const SENDER = "Dormouse <dormouse@localhost>";
/** Finds the EICAR test file, where there is no database of real signatures. */
const TEST_SIGNATURES = fileURLToPath(new URL("../tasks/scan/test.ndb", import.meta.url));

/** A service's endpoint; `ours` when the local cloud serves it, else the user's own choice. */
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
  /** By the end of the SDK's variable (`SFN`), where each service is reached: here, or where the user says. */
  endpoints: Record<string, Endpoint>;
  /** Time before the second try of an asynchronous invocation, in milliseconds; the third waits for twice as long. */
  asyncRetryMs: number;
  /** Time after its last use at which an engine is stopped, in milliseconds. */
  idleMs: number;
  /** The name of a function to which a debugger is to be attached. */
  inspect: string | undefined;
  /** Where the app is reached: `http://localhost:3000`. */
  origin: string;
};

/** The AWS part of the environment: what `npm run cloud -- env` prints, for the SDK, the AWS CLI and tests. */
export function awsVariables(environment: Environment, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const { credentials, region, keys } = environment;
  const chosen = Object.entries(env).filter(([name, value]) => name.startsWith("AWS_ENDPOINT_URL_") && value);
  // Without a space, so that a shell takes each of the printed variables whole: export $(npm run -s cloud -- env)
  const resource = (value: Record<string, string>): string => JSON.stringify(value).replaceAll(" ", "\\u0020");
  return {
    ...(Object.fromEntries(chosen) as Record<string, string>),
    ...Object.fromEntries(
      Object.entries(environment.endpoints).map(([name, { url }]) => [`AWS_ENDPOINT_URL_${name}`, url]),
    ),
    AWS_REGION: region,
    // The AWS command line's first version knows the region by this name alone.
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
    SST_RESOURCE_Deadlines: resource({
      group: SCHEDULE_GROUP,
      role: roleArn("dormouse-local-deadlines"),
      target: functionArn(region, "deadlines"),
    }),
    SST_RESOURCE_Mail: resource({ sender: SENDER }),
  };
}

/** Whether the local cloud serves every service itself. */
export const allOurs = ({ endpoints }: Pick<Environment, "endpoints">): boolean =>
  Object.values(endpoints).every(({ ours }) => ours);

/** Where mail that was sent is seen in the browser. */
export const inboxPort = ({ services }: Environment): number => services.port + 1;

/** What opens the inbox in a browser; the same until the keys of sign-in links are rotated. */
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
    DORMOUSE_TEST_SIGNATURES: TEST_SIGNATURES,
    // Without a scanner files are handed out, and marked as not scanned; on AWS they would not be.
    ...(hasScanner(env) ? {} : { DORMOUSE_UNSCANNED: "deliver" }),
  };
}

/** Whether this machine has ClamAV's daemon, where Debian and others put it. */
export const hasScanner = (env: NodeJS.ProcessEnv = process.env): boolean =>
  [...(env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"].some((folder) =>
    existsSync(join(folder, "clamd")),
  );
