/**
 * The local cloud. One process, the router, owns every port and is all that runs while nobody uses Dormouse:
 *
 *   PORT      CloudFront  -> static files, or the web function: the production bundle in a child process
 *   PORT + 1  S3          -> hands connections over to an engine of our own
 *   PORT + 2  DynamoDB    -> dynoxide, behind a check of signatures and the ledger
 *   PORT + 3  the rest    -> Lambda, SQS, Step Functions ... told apart by the credential's scope (front.ts)
 *   PORT + 4  the inbox   -> mail that was sent, in the browser
 *   PORT + 5  API Gateway -> the function of the HTTP API
 *
 * An engine is started by the first use and stopped when it has not been used for a while (core/supervisor.ts;
 * services/lambda/ for functions). Everything is kept below DORMOUSE_HOME. Nothing but the router listens on TCP, and it
 * on loopback alone.
 */

import type { Server } from "node:http";
import { join } from "node:path";
import { serveControl } from "./control.ts";
import { CommandError } from "./core/command-error.ts";
import { programFolders } from "./core/isolation.ts";
import { openLedger } from "./core/ledger.ts";
import { type Listening, listen, requireFreePorts } from "./core/listen.ts";
import { tryLock } from "./core/lock.ts";
import { whyUnconfined } from "./core/namespace.ts";
import { redact } from "./core/redact.ts";
import { apiPort, type Environment, inboxPort } from "./environment.ts";
import { createServicesFront } from "./front.ts";
import { callersOf, isolatedTasks } from "./roles.ts";
import type { LocalCloud, LocalService, OpenService, Port, Web } from "./service.ts";
import { SERVICES } from "./service-list.ts";

export type Cloud = { close(): Promise<void> };

/**
 * Starts the cloud: locks the home folder, opens the ports and prepares the web (which may take a build). Starts no
 * engine. Throws CommandError for what a person must change.
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
  // Runs while the rest starts.
  const unconfined = whyUnconfined();
  /** In the order in which they were opened: each service comes after those that it uses. */
  const opened: OpenService[] = [];
  const ports: Port[] = [];
  const listening: Listening[] = [];
  let web: Web | undefined;
  let control: Server | undefined;
  const close = async (): Promise<void> => {
    for (const one of listening) one.close();
    await Promise.all(opened.toReversed().map((service) => service.close()));
    if (web && "close" in web) await web.close();
    control?.close();
    lock.release();
  };
  try {
    const ours = [s3, dynamodb]
      .flatMap((endpoint) => (endpoint.ours ? endpoint.port : []))
      .concat(services.port, inboxPort(environment), apiPort(environment));
    await requireFreePorts(prepareWeb ? [port, ...ours] : ours);
    const here: LocalService[] = [];
    for (const { variables, load } of Object.values(SERVICES)) {
      const service: LocalService = await load();
      const isElsewhere = variables.some((variable) => environment.endpoints[variable]?.ours === false);
      if (isElsewhere && service.prepareElsewhere) await service.prepareElsewhere(environment);
      else here.push(service);
    }
    web = await prepareWeb?.();
    if (web) sayWhichEventsAreMissing(environment);
    const why = await unconfined;
    sayWhatIsUnconfined(environment, why);
    const uses = new Map<LocalService, Promise<OpenService>>();
    const context: LocalCloud = {
      project,
      environment,
      web,
      ledger: openLedger(join(home, "ledger")),
      say,
      isolation: (...reached) =>
        why === undefined && servesParsers(environment)
          ? {
              forwardedPorts: () => ports.filter((one) => reached.includes(one.port)),
              read: programFolders(environment),
            }
          : undefined,
      use: (service) => use(service),
    };
    async function open(service: LocalService): Promise<OpenService> {
      const open = await service.open(context);
      opened.push(open);
      return open;
    }
    function use<T extends OpenService>(service: LocalService<T>): Promise<T> {
      const known = uses.get(service) ?? open(service);
      uses.set(service, known);
      // Guarantee: a service is stored under the module that opened it, so it has that module's type.
      return known as Promise<T>;
    }
    const all: OpenService[] = [];
    for (const service of here) all.push(await use(service));
    ports.push(...all.flatMap((service) => service.ports ?? []));
    ports.push({
      port: services.port,
      server: createServicesFront({
        services: all,
        credentials: callersOf(environment),
        restricted: isolatedTasks(environment),
        region: environment.region,
        onError: say,
      }),
    });
    for (const { server, port } of ports) listening.push(await listen(server, port));
    for (const service of all) service.start?.();
    control = await serveControl(home, () => {
      const engines = all.flatMap((service) => service.status());
      return { pid: process.pid, port, engines: web && "status" in web ? [web.status(), ...engines] : engines };
    });
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

const say = (message: string): void => console.error(redact(message));

/** Only the local engines send events. */
function sayWhichEventsAreMissing({ s3, dynamodb }: Environment): void {
  if (!s3.ours) console.error(`Note: new objects at ${s3.url} wake nobody here; the daily sweep finds them.`);
  if (!dynamodb.ours) console.error(`Note: the stream of the table at ${dynamodb.url} is not followed here.`);
}

function sayWhatIsUnconfined(environment: Environment, why: string | undefined): void {
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

/** Whether everything that parsers need is served here: their own network has no other way out. */
const servesParsers = ({ endpoints }: Environment): boolean =>
  ["S3", "SFN", "LAMBDA"].every((variable) => endpoints[variable]?.ours);
