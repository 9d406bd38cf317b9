/**
 * The local cloud. One process, the router, owns every port and is all that runs while nobody uses Dormouse:
 *
 *   PORT      CloudFront  -> static files, or the web function: the production bundle in a child process
 *   PORT + 1  S3          -> hands connections over to an engine of our own
 *   PORT + 2  DynamoDB    -> dynoxide, behind a check of signatures and the ledger
 *   PORT + 3  the rest    -> Lambda, SQS, Step Functions ... told apart by the credential's scope (core/aws-service.ts)
 *   PORT + 4  the inbox   -> mail that was sent, in the browser
 *
 * An engine is started by the first use and stopped when it has not been used for a while (core/supervisor.ts;
 * services/lambda/ for functions). Everything is kept below DORMOUSE_HOME. Nothing but the router listens on TCP, and it
 * on loopback alone.
 */
import type { Server } from "node:http";
import type { Server as NetServer } from "node:net";
import { join } from "node:path";
import { webFunction, webVariables } from "../web-function.ts";
import { serveControl } from "./control.ts";
import { createServicesFront } from "./core/aws-service.ts";
import { CommandError } from "./core/command-error.ts";
import { type Isolation, programFolders } from "./core/isolation.ts";
import { openLedger } from "./core/ledger.ts";
import { type Listening, listen, requireFreePorts } from "./core/listen.ts";
import { tryLock } from "./core/lock.ts";
import { openLogFile } from "./core/log-file.ts";
import { whyUnconfined } from "./core/namespace.ts";
import { redact } from "./core/redact.ts";
import { createEngine, type EngineStatus } from "./core/supervisor.ts";
import { type Environment, functionVariables, inboxPort, TABLE_NAME, UPLOADS_BUCKET } from "./environment.ts";
import { createEvents, type Events } from "./events.ts";
import { prepareForeignBucket, prepareForeignTable } from "./foreign.ts";
import { callers, callersOf, isolatedTasks, roleVariables } from "./roles.ts";
import { createDistribution } from "./services/cloudfront/index.ts";
import { databaseFile, findDynoxide, startDynamoDb } from "./services/dynamodb/engine.ts";
import { createDynamoDbFront } from "./services/dynamodb/index.ts";
import { createFunction } from "./services/lambda/runner.ts";
import { declaredBuckets } from "./services/s3/declared-buckets.ts";
import { createS3Front, type S3EngineConfig, startS3 } from "./services/s3/index.ts";
import { hasNotifications } from "./services/s3/index-db.ts";
import { createWorkflow } from "./workflow.ts";

export type Cloud = { close(): Promise<void> };

/** How the app is served: the build that is deployed there, or a server of its own (`next dev`). */
export type Web =
  | { deployment: string }
  | {
      status: () => EngineStatus;
      close: () => Promise<void>;
      /** Folder of the other functions' bundles, and how to tell that they were made anew. */
      functions: string;
      onChange: (listener: () => void) => void;
    };

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
  engine: { status: () => EngineStatus | EngineStatus[]; close: () => Promise<void> };
  /** Does what an earlier router left undone; called when every port is open. */
  start?: () => void;
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
  const { home, port, s3, dynamodb, services } = environment;
  const lock = tryLock(join(home, "run", "cloud.lock"));
  if (!lock) {
    throw new CommandError(
      `A Dormouse is running already on ${home}. Stop it, or choose another folder: DORMOUSE_HOME=… npm start`,
    );
  }
  // Found out while the rest starts.
  const unconfined = whyUnconfined();
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
    const ours = [s3, dynamodb]
      .flatMap((endpoint) => (endpoint.ours ? endpoint.port : []))
      .concat(services.port, inboxPort(environment));
    await requireFreePorts(prepareWeb ? [port, ...ours] : ours);
    if (!s3.ours) for (const bucket of declaredBuckets(environment)) await prepareForeignBucket(environment, bucket);
    if (!dynamodb.ours) await prepareForeignTable(environment);
    web = await prepareWeb?.();
    if (web) sayWhatIsNotFollowed(environment);
    const why = await unconfined;
    sayWhatIsNotConfined(environment, why);
    /** For programs that reach these ports and nothing else. */
    const reaching = (...ports: number[]): Isolation | undefined =>
      why === undefined && servesParsers(environment)
        ? {
            doors: () => parts.filter((part) => ports.includes(part.port)),
            read: programFolders(environment),
          }
        : undefined;
    const events = createEvents(environment, web && functionsOf(web), reaching(s3.port), say);
    if (web && "onChange" in web) web.onChange(events.renew);
    if (web && "deployment" in web) parts.push(webPart(environment, web.deployment));
    if (s3.ours) parts.push(s3Part(environment, events));
    if (dynamodb.ours) parts.push(dynamoDbPart(project, environment, events));
    parts.push(servicesPart(project, environment, events, reaching(s3.port, services.port), web !== undefined));
    const nothing = { status: () => [], close: async () => undefined };
    parts.push({ server: events.inbox, port: inboxPort(environment), engine: nothing });
    for (const part of parts) part.listening = await listen(part.server, part.port);
    for (const part of parts) part.start?.();
    control = await serveControl(home, () => {
      const engines = parts.flatMap(({ engine }) => engine.status());
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
  const engine = createFunction(
    {
      ...WEB_FUNCTION,
      bundle,
      environment: { ...variables, ...roleVariables(environment, "web"), ...webVariables },
      region,
    },
    { idleMs, ledger, log },
  );
  const server = createDistribution({ build: deployment, web: engine, ledger, port, onError: say });
  return { server, port, engine };
}

/** Events come from the local engines alone. */
function sayWhatIsNotFollowed({ s3, dynamodb }: Environment): void {
  if (!s3.ours) console.error(`Note: new objects at ${s3.url} wake nobody here; the daily sweep finds them.`);
  if (!dynamodb.ours) console.error(`Note: the stream of the table at ${dynamodb.url} is not followed here.`);
}

function sayWhatIsNotConfined(environment: Environment, why: string | undefined): void {
  const { dynamodb, s3 } = environment;
  const listens =
    "The local DynamoDB, which checks no signature, therefore listens on a loopback address that is drawn at random, where other programs of this machine might find it. ";
  if (why !== undefined)
    console.error(
      `Note: this system lets no program have a network of its own (${why}). ${dynamodb.ours ? listens : ""}Programs that open strangers' files have your rights here. README.md says what helps.`,
    );
  else if (!servesParsers(environment))
    console.error(`Note: programs that open strangers' files have your rights here, since they must reach ${s3.url}.`);
}

/** Whether what parsers need is served here: their own network has no way to anywhere else. */
const servesParsers = ({ s3, services: { endpoints } }: Environment): boolean =>
  [s3, endpoints.SFN, endpoints.LAMBDA].every(({ ours }) => ours);

const functionsOf = (web: Web): string => ("functions" in web ? web.functions : join(web.deployment, "functions"));

function servicesPart(
  project: string,
  environment: Environment,
  events: Events,
  isolation: Isolation | undefined,
  hasFunctions: boolean,
): Part {
  const { region, services } = environment;
  const workflow = createWorkflow(project, environment, events.invoke, isolation, say);
  const all = [...events.services, ...workflow.services];
  const engine = {
    status: () => [...all.flatMap((service) => service.status()), ...events.status()],
    async close() {
      // First, or the end of its functions would count as their failures.
      await workflow.close();
      await events.close();
    },
  };
  const server = createServicesFront({
    services: all,
    credentials: callersOf(environment),
    restricted: isolatedTasks(environment),
    region,
    onError: say,
  });
  /** Without functions, executions would go on only to fail. */
  function start(): void {
    events.start();
    if (hasFunctions) workflow.start();
  }
  return { server, port: services.port, engine, start };
}

function s3Part(environment: Environment, events: Events): Part {
  const { home, region, credentials, idleMs, s3 } = environment;
  const config: S3EngineConfig = {
    dataDir: join(home, "data", "s3"),
    region,
    credentials,
    callers: callers(environment),
    buckets: declaredBuckets(environment).map((bucket) =>
      bucket.name === UPLOADS_BUCKET && events.onObject ? { ...bucket, notifications: "objects" } : bucket,
    ),
    ledgerDir: join(home, "ledger"),
  };
  const file = openLogFile(join(home, "logs", "s3.log"));
  const log = (line: string): void => file("s3", line);
  const { onObject } = events;
  const engine = createEngine({
    name: "s3",
    idleMs,
    start: () => startS3(config, { log, ...(onObject ? { onObject } : {}) }),
    onEvent: (event) => event === "crashed" && deliverRest(),
  });
  /** Notifications that an engine or a router left behind when it was killed: the next engine has them delivered. */
  function deliverRest(): void {
    if (!onObject || !hasNotifications(config.dataDir)) return;
    engine
      .use(() => undefined)
      .catch((error: unknown) => say(`s3: ${error instanceof Error ? error.message : String(error)}`));
  }
  return { server: createS3Front(engine, say), port: s3.port, engine, start: deliverRest };
}

function dynamoDbPart(project: string, environment: Environment, { onWrite }: Events): Part {
  const { home, region, idleMs, dynamodb } = environment;
  const file = openLogFile(join(home, "logs", "dynamodb.log"));
  const options = {
    program: findDynoxide(project),
    file: databaseFile(home),
    pidFile: join(home, "run", "dynamodb.pid"),
    tableName: TABLE_NAME,
    log: (line: string) => file("dynamodb", line),
  };
  const start = async () => startDynamoDb({ ...options, shut: (await whyUnconfined()) === undefined });
  // Its start deletes what is due by TTL, which is written to the stream as well.
  const onEvent = (event: string): void => (event === "awake" ? onWrite() : undefined);
  const engine = createEngine({ name: "dynamodb", idleMs, start, onEvent });
  const server = createDynamoDbFront({
    engine,
    credentials: callersOf(environment),
    region,
    ledger: openLedger(join(home, "ledger")),
    onWrite,
    onError: say,
  });
  return { server, port: dynamodb.port, engine };
}
