/**
 * What the application is told through its environment: the same names as on AWS, where SST's links and the Lambda
 * runtime set them. Credentials and secrets are made once, at random, and kept below DORMOUSE_HOME.
 */
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Keys, makeKey, PURPOSES, type Purpose, readKeys, writeKeys } from "#lib/kernel/keys.ts";
import { ACCOUNT, functionArn, queueArn, roleArn, stateMachineArn } from "./core/arns.ts";
import { CommandError } from "./core/command-error.ts";
import type { Credentials } from "./core/sigv4.ts";

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
/** Services that share a port, as the SDK's variables name them. */
const SHARED = ["LAMBDA", "SQS", "SFN", "ECS", "SCHEDULER", "SESV2", "SES"] as const;
/** Ports after the app's: S3, DynamoDB, the other services, the inbox. */
const MORE_PORTS = 4;
/** Finds the EICAR test file, where there is no database of real signatures. */
const TEST_SIGNATURES = fileURLToPath(new URL("../tasks/scan/test.ndb", import.meta.url));
const DEFAULT_PORT = 3000;
const DEFAULT_IDLE_SECONDS = 30;
/** As Lambda waits. */
const DEFAULT_ASYNC_RETRY_SECONDS = 60;

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
  /** The port that the other services share, and where each is reached: there, or where the user says. */
  services: { port: number; url: string; endpoints: Record<(typeof SHARED)[number], Endpoint> };
  /** Time before the second try of an asynchronous invocation, in milliseconds; the third waits for twice as long. */
  asyncRetryMs: number;
  /** Time after its last use at which an engine is stopped, in milliseconds. */
  idleMs: number;
  /** Where the app is reached: `http://localhost:3000`. */
  origin: string;
};

/** Reads DORMOUSE_HOME, PORT, AWS_* and makes what is missing. Throws CommandError for values that can't be. */
export function loadEnvironment(project: string, env: NodeJS.ProcessEnv = process.env): Environment {
  const home = resolve(project, env.DORMOUSE_HOME || ".dormouse");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const port = readPort(env.PORT);
  const s3 = endpoint(env.AWS_ENDPOINT_URL_S3, port + 1);
  const dynamodb = endpoint(env.AWS_ENDPOINT_URL_DYNAMODB, port + 2);
  const endpoints = Object.fromEntries(
    SHARED.map((name) => [name, endpoint(env[`AWS_ENDPOINT_URL_${name}`], port + 3)]),
  ) as Environment["services"]["endpoints"];
  const allOurs = [s3, dynamodb, ...Object.values(endpoints)].every(({ ours }) => ours);
  const own = readOrMake(join(home, "credentials.json"), makeCredentials);
  return {
    home,
    port,
    region: env.AWS_REGION || "us-east-1",
    credentials: (allOurs ? undefined : credentialsOf(env)) ?? own,
    keys: loadKeys(home),
    s3,
    dynamodb,
    services: { port: port + 3, url: `http://127.0.0.1:${port + 3}`, endpoints },
    asyncRetryMs: milliseconds(env, "DORMOUSE_ASYNC_RETRY_SECONDS", DEFAULT_ASYNC_RETRY_SECONDS),
    idleMs: milliseconds(env, "DORMOUSE_IDLE_SECONDS", DEFAULT_IDLE_SECONDS),
    origin: `http://localhost:${port}`,
  };
}

/** The AWS part of the environment: what `npm run cloud -- env` prints, for the SDK, the AWS CLI and tests. */
export function awsVariables(environment: Environment, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const { credentials, region, keys } = environment;
  const chosen = Object.entries(env).filter(([name, value]) => name.startsWith("AWS_ENDPOINT_URL_") && value);
  // Without a space, so that a shell takes each of the printed variables whole: export $(npm run -s cloud -- env)
  const resource = (value: Record<string, string>): string => JSON.stringify(value).replaceAll(" ", "\\u0020");
  return {
    ...(Object.fromEntries(chosen) as Record<string, string>),
    AWS_ENDPOINT_URL_S3: environment.s3.url,
    AWS_ENDPOINT_URL_DYNAMODB: environment.dynamodb.url,
    ...Object.fromEntries(
      Object.entries(environment.services.endpoints).map(([name, { url }]) => [`AWS_ENDPOINT_URL_${name}`, url]),
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

function readPort(given: string | undefined): number {
  const port = Number(given || DEFAULT_PORT);
  if (Number.isInteger(port) && port > 0 && port <= 65_535 - MORE_PORTS) return port;
  throw new CommandError(
    `PORT is a number from 1 to ${65_535 - MORE_PORTS} (it and the ${MORE_PORTS} ports after it are used), not "${given}".`,
  );
}

function milliseconds(env: NodeJS.ProcessEnv, name: string, seconds: number): number {
  const given = Number(env[name] || seconds);
  if (given > 0) return given * 1000;
  throw new CommandError(`${name} is a number of seconds, not "${env[name]}".`);
}

/** An endpoint that names our own port is ours: the variables may come from `npm run cloud -- env`. */
function endpoint(given: string | undefined, port: number): Endpoint {
  const own = `http://127.0.0.1:${port}`;
  if (!given || given.replace(/\/$/, "") === own) return { url: own, port, ours: true };
  if (!URL.canParse(given)) throw new CommandError(`"${given}" is not the address of an AWS endpoint.`);
  return { url: given, port, ours: false };
}

function credentialsOf(env: NodeJS.ProcessEnv): Credentials | undefined {
  if (!env.AWS_ACCESS_KEY_ID || !env.AWS_SECRET_ACCESS_KEY) return undefined;
  return {
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
  };
}

/** Temporary credentials, as a function's role has them: the token's size matters for signed URLs. */
function makeCredentials(): Credentials {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const id = [...randomBytes(16)].map((byte) => alphabet[byte % 32]).join("");
  return {
    accessKeyId: `ASIA${id}`,
    secretAccessKey: randomBytes(30).toString("base64"),
    sessionToken: `IQoJb3JpZ2luX2Vj${randomBytes(738).toString("base64")}`,
  };
}

type KeptKeys = Partial<Record<Purpose, string>> & {
  /** What homes of earlier versions have for every purpose. */
  linkSecret?: string;
};

function loadKeys(home: string): Record<Purpose, Keys> {
  const kept = readOrMake<KeptKeys>(keysFile(home), () =>
    Object.fromEntries(PURPOSES.map((purpose) => [purpose, makeKey()])),
  );
  const of = (purpose: Purpose) => readKeys(kept[purpose] ?? kept.linkSecret ?? "");
  return { links: of("links"), grants: of("grants"), "sign-in": of("sign-in") };
}

const keysFile = (home: string): string => join(home, "secrets.json");

/** Keeps other keys of one purpose; programs that start from then on have them. */
export function changeKeys({ home, keys }: Environment, purpose: Purpose, change: (keys: Keys) => Keys): void {
  const changed = { ...keys, [purpose]: change(keys[purpose]) };
  const draft = `${keysFile(home)}.${process.pid}`;
  const text = Object.fromEntries(PURPOSES.map((one) => [one, writeKeys(changed[one])]));
  writeFileSync(draft, `${JSON.stringify(text, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, keysFile(home));
}

/** Reads a JSON file, made first when there is none; of several processes that make it at once, one wins for all. */
function readOrMake<T>(file: string, make: () => T): T {
  if (!existsSync(file)) {
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(make(), null, 2)}\n`, { mode: 0o600 });
    try {
      linkSync(draft, file);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    } finally {
      rmSync(draft);
    }
  }
  return JSON.parse(readFileSync(file, "utf8")) as T;
}
