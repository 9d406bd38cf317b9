/**
 * The local cloud. One process, the router, owns every port and is all that runs while nobody uses Dormouse:
 *
 *   PORT      CloudFront  -> static files, or the web function: the production bundle in a child process
 *   PORT + 1  S3          -> hands connections over to an engine of our own
 *   PORT + 2  DynamoDB    -> dynoxide, behind a check of signatures and the ledger
 *
 * An engine is started by the first use and stopped when it has not been used for a while (supervisor.ts; lambda/ for
 * functions). Everything is kept below DORMOUSE_HOME and listens on loopback alone.
 */
import type { Server } from "node:http";
import type { Server as NetServer } from "node:net";
import { join } from "node:path";
import { uploadRules } from "../upload-rules.ts";
import { webFunction } from "../web-function.ts";
import { createDistribution } from "./cloudfront.ts";
import { serveControl } from "./control.ts";
import { createDynamoDbFront } from "./dynamodb.ts";
import { findDynoxide, startDynamoDb } from "./dynamodb-engine.ts";
import { CommandError, type Environment, functionVariables, TABLE_NAME, UPLOADS_BUCKET } from "./environment.ts";
import { prepareForeignBucket, prepareForeignTable } from "./foreign.ts";
import { createFunction } from "./lambda/runner.ts";
import { openLedger } from "./ledger.ts";
import { type Listening, listen, requireFreePorts } from "./listen.ts";
import { tryLock } from "./lock.ts";
import { openLogFile } from "./log-file.ts";
import { redact } from "./redact.ts";
import type { BucketDeclaration } from "./s3/server.ts";
import { createS3Front, type S3EngineConfig, startS3 } from "./s3.ts";
import { databaseFile } from "./sign-in.ts";
import { createEngine, type EngineStatus } from "./supervisor.ts";

export type Cloud = { close(): Promise<void> };

/** How the app is served: the build that is deployed there, or a server of its own (`next dev`). */
export type Web = { deployment: string } | { status: () => EngineStatus; close: () => Promise<void> };

/** Sized as on AWS; this machine has room for fewer at once. */
const WEB_FUNCTION = {
  name: "web",
  handler: "index.handler",
  memoryMb: webFunction.memoryMb,
  timeoutMs: webFunction.timeoutSeconds * 1000,
  concurrency: 6,
};

type Part = {
  server: Server | NetServer;
  port: number;
  engine: { status: () => EngineStatus; close: () => Promise<void> };
  listening?: Listening;
};

/**
 * Starts the cloud: takes the home and the ports, prepares the web if there is to be one (a build takes its time), and
 * wakes nothing. Throws CommandError for what a person must change.
 */
export async function startCloud(
  project: string,
  environment: Environment,
  prepareWeb?: () => Promise<Web>,
): Promise<Cloud> {
  const { home, port, s3, dynamodb } = environment;
  const lock = tryLock(join(home, "run", "cloud.lock"));
  if (!lock) {
    throw new CommandError(
      `A Dormouse is running already on ${home}. Stop it, or choose another folder: DORMOUSE_HOME=… npm start`,
    );
  }
  const parts: Part[] = [];
  let web: Web | undefined;
  let control: Server | undefined;
  const close = async (): Promise<void> => {
    for (const { listening } of parts) listening?.close();
    await Promise.all(parts.map(({ engine }) => engine.close()));
    if (web && "close" in web) await web.close();
    control?.close();
    lock.release();
  };
  try {
    const ours = [s3, dynamodb].flatMap((endpoint) => (endpoint.ours ? endpoint.port : []));
    await requireFreePorts(prepareWeb ? [port, ...ours] : ours);
    if (!s3.ours) await prepareForeignBucket(environment, uploadsBucket(environment));
    if (!dynamodb.ours) await prepareForeignTable(environment);
    if (s3.ours) parts.push(s3Part(environment));
    if (dynamodb.ours) parts.push(dynamoDbPart(project, environment));
    web = await prepareWeb?.();
    if (web && "deployment" in web) parts.unshift(webPart(environment, web.deployment));
    for (const part of parts) part.listening = await listen(part.server, part.port);
    control = await serveControl(home, () => {
      const engines = parts.map(({ engine }) => engine.status());
      return { pid: process.pid, port, engines: web && "status" in web ? [web.status(), ...engines] : engines };
    });
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

const say = (message: string): void => console.error(redact(message));

function webPart(environment: Environment, deployment: string): Part {
  const { home, port, region, idleMs } = environment;
  const ledger = openLedger(join(home, "ledger"));
  const file = openLogFile(join(home, "logs", "web.log"));
  const bundle = join(deployment, "server-functions", "default");
  const log = (stream: "stdout" | "stderr", line: string): void => {
    file(stream, line);
    if (stream === "stderr") say(`web: ${line}`);
  };
  const variables = functionVariables(environment);
  const engine = createFunction({ ...WEB_FUNCTION, bundle, environment: variables, region }, { idleMs, ledger, log });
  const server = createDistribution({ build: deployment, web: engine, ledger, port, onError: say });
  return { server, port, engine };
}

function s3Part(environment: Environment): Part {
  const { home, region, credentials, idleMs, s3 } = environment;
  const config: S3EngineConfig = {
    dataDir: join(home, "data", "s3"),
    region,
    credentials,
    buckets: [uploadsBucket(environment)],
    ledgerDir: join(home, "ledger"),
  };
  const file = openLogFile(join(home, "logs", "s3.log"));
  const log = (line: string): void => file("s3", line);
  const engine = createEngine({ name: "s3", idleMs, start: () => startS3(config, log) });
  return { server: createS3Front(engine, say), port: s3.port, engine };
}

function dynamoDbPart(project: string, environment: Environment): Part {
  const { home, region, credentials, idleMs, dynamodb } = environment;
  const file = openLogFile(join(home, "logs", "dynamodb.log"));
  const options = {
    program: findDynoxide(project),
    file: databaseFile(home),
    pidFile: join(home, "run", "dynamodb.pid"),
    tableName: TABLE_NAME,
    log: (line: string) => file("dynamodb", line),
  };
  const engine = createEngine({ name: "dynamodb", idleMs, start: () => startDynamoDb(options) });
  const server = createDynamoDbFront({
    engine,
    credentials,
    region,
    ledger: openLedger(join(home, "ledger")),
    onError: say,
  });
  return { server, port: dynamodb.port, engine };
}

function uploadsBucket({ port }: Environment): BucketDeclaration {
  return {
    name: UPLOADS_BUCKET,
    cors: [
      {
        allowedOrigins: [`http://localhost:${port}`, `http://127.0.0.1:${port}`],
        allowedMethods: uploadRules.cors.methods,
        allowedHeaders: uploadRules.cors.headers,
        exposeHeaders: uploadRules.cors.expose,
        maxAgeSeconds: uploadRules.cors.maxAgeSeconds,
      },
    ],
    abortIncompleteMultipartAfterDays: uploadRules.abortIncompleteAfterDays,
  };
}
