/**
 * Reads the environment of a local cloud. Credentials and secrets are generated once, at random, and kept below
 * DORMOUSE_HOME.
 */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { CommandError } from "./core/command-error.ts";
import type { Credentials } from "./core/sigv4.ts";
import { type Keys, makeKey, PURPOSES, type Purpose, readKeys, writeKeys } from "./declaration.ts";
import { type Endpoint, type Environment, servesEverything } from "./environment.ts";
import { SERVICES, SHARED_PORT } from "./service-list.ts";

/** Ports after the app's: S3, DynamoDB, the other services, the inbox, the HTTP API. */
const MORE_PORTS = 5;
const DEFAULT_PORT = 3000;
const DEFAULT_IDLE_SECONDS = 30;
/** As long as Lambda waits. */
const DEFAULT_ASYNC_RETRY_SECONDS = 60;

/** Reads DORMOUSE_HOME, PORT and AWS_*, and generates what is missing. Throws CommandError for invalid values. */
export function loadEnvironment(project: string, env: NodeJS.ProcessEnv = process.env): Environment {
  const home = resolve(project, env.DORMOUSE_HOME || ".dormouse");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const port = readPort(env.PORT);
  const find = (variable: string, at: number): Endpoint => endpoint(env[`AWS_ENDPOINT_URL_${variable}`], port + at);
  const endpoints = Object.fromEntries(
    Object.values(SERVICES).flatMap(({ port, variables }) => variables.map((name) => [name, find(name, port)])),
  );
  const own = readOrMake(join(home, "credentials.json"), makeCredentials);
  return {
    home,
    port,
    region: env.AWS_REGION || "us-east-1",
    credentials: (servesEverything({ endpoints }) ? undefined : credentialsOf(env)) ?? own,
    keys: loadKeys(home),
    s3: find("S3", SERVICES.s3.port),
    dynamodb: find("DYNAMODB", SERVICES.dynamodb.port),
    services: { port: port + SHARED_PORT, url: `http://127.0.0.1:${port + SHARED_PORT}` },
    endpoints,
    asyncRetryMs: milliseconds(env, "DORMOUSE_ASYNC_RETRY_SECONDS", DEFAULT_ASYNC_RETRY_SECONDS),
    idleMs: milliseconds(env, "DORMOUSE_IDLE_SECONDS", DEFAULT_IDLE_SECONDS),
    inspect: env["DORMOUSE_INSPECT"],
    origin: `http://localhost:${port}`,
  };
}

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

/** An endpoint with our own port is ours: the variables may come from `npm run cloud -- env`. */
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

/**
 * Temporary credentials, like those of a function's role: signed URLs are as long as on AWS only with a token of that
 * size.
 */
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
  /** The key that home folders of earlier versions have for every purpose. */
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

/** Replaces the keys of one purpose; programs that start from then on get the new ones. */
export function changeKeys({ home, keys }: Environment, purpose: Purpose, change: (keys: Keys) => Keys): void {
  const changed = { ...keys, [purpose]: change(keys[purpose]) };
  const draft = `${keysFile(home)}.${process.pid}`;
  const text = Object.fromEntries(PURPOSES.map((one) => [one, writeKeys(changed[one])]));
  writeFileSync(draft, `${JSON.stringify(text, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, keysFile(home));
}

/**
 * Reads a JSON file, which is written first if it is missing. If several processes write it at once, all read the same
 * one.
 */
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
