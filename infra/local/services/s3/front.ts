/**
 * S3's endpoint: starts the engine and passes the accepted connections to it, so that bytes of files travel between
 * client and engine only.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createServer, type Server, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { childEnvironment, endChild, exitOf } from "../../core/child-process.ts";
import type { Credentials } from "../../core/sigv4.ts";
import type { Engine, RunningEngine } from "../../core/supervisor.ts";
import type { BucketDeclaration, Caller, Notification } from "./server.ts";

/** The engine's configuration, in the variable DORMOUSE_ENGINE. */
export type S3EngineConfig = {
  dataDir: string;
  region: string;
  credentials: Credentials;
  /** Functions and tasks whose roles may not list every bucket. */
  callers?: Caller[];
  buckets: BucketDeclaration[];
  ledgerDir: string;
};

export type S3Engine = RunningEngine & { handOver(socket: Socket): Promise<void> };

type Report =
  | { type: "ready" }
  | { type: "taken"; connection: number }
  | { type: "activity"; inFlight: number; lastUsedAt: number }
  | { type: "notifications"; notifications: Notification[] };

export type S3Hooks = {
  log: (line: string) => void;
  /** Receives an event of a new object. The event is repeated at each start until this has returned. */
  onObject?: (event: object) => void;
  /** Another program, in tests. */
  engine?: string;
};

const ENGINE = fileURLToPath(new URL("engine.ts", import.meta.url));

/** Starts the engine's process; resolves when it reports that it is ready. */
export async function startS3(config: S3EngineConfig, hooks: S3Hooks): Promise<S3Engine> {
  const { log, onObject, engine = ENGINE } = hooks;
  const child = fork(engine, [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: childEnvironment({
      PATH: process.env.PATH ?? "",
      ...(process.env.NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE } : {}),
      DORMOUSE_ENGINE: JSON.stringify(config),
    }),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => log(text.trimEnd()));
  const exited = exitOf(child);
  const activity = { inFlight: 0, lastUsedAt: Date.now() };
  const handOvers = new Map<number, PromiseWithResolvers<void>>();
  await new Promise<void>((resolve, reject) => {
    child.on("message", (report: Report) => {
      if (report.type === "ready") resolve();
      else if (report.type === "taken") handOvers.get(report.connection)?.resolve();
      else if (report.type === "notifications") takeOver(child, report.notifications, onObject, log);
      else Object.assign(activity, { inFlight: report.inFlight, lastUsedAt: report.lastUsedAt });
    });
    void exited.then(() => reject(new Error("S3's engine ended before it was ready")));
  });
  void exited.then(() => {
    for (const { reject } of handOvers.values()) reject(new Error("S3's engine ended before it took a connection"));
  });
  return {
    pids: child.pid ? [child.pid] : [],
    exited,
    activity: () => activity,
    handOver: (socket) => handOver(child, handOvers, socket),
    stop: () => endChild(child, { ask: () => child.connected && child.send({ type: "stop" }), graceMs: 3000 }),
  };
}

/** Confirms each delivered event; the engine keeps the others. */
function takeOver(
  child: ChildProcess,
  notifications: Notification[],
  onObject: S3Hooks["onObject"],
  log: (line: string) => void,
): void {
  if (!onObject) return;
  const ids: number[] = [];
  try {
    for (const { id, event } of notifications) {
      onObject(event);
      ids.push(id);
    }
  } catch (error) {
    log(`A notification could not be taken: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (child.connected && ids.length > 0) child.send({ type: "confirm", ids }, () => undefined);
}

/**
 * Resolves when the engine confirms that it has the connection. Until then the connection stays open here as well: Node
 * neither reports nor closes connections that are on their way to a child that ends.
 */
async function handOver(
  child: ChildProcess,
  handOvers: Map<number, PromiseWithResolvers<void>>,
  socket: Socket,
): Promise<void> {
  const connection = nextConnection++;
  const taken = Promise.withResolvers<void>();
  handOvers.set(connection, taken);
  child.send({ type: "connection", connection }, socket, { keepOpen: true }, (error) => error && taken.reject(error));
  try {
    await taken.promise;
  } finally {
    handOvers.delete(connection);
  }
  socket.destroy();
}

let nextConnection = 1;

/** A TCP server that is not listening yet. If an engine dies before it took a connection, the next engine gets it. */
export function createS3Front(engine: Engine<S3Engine>, onError: (message: string) => void = () => {}): Server {
  return createServer({ pauseOnConnect: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    const attempt = (): Promise<void> =>
      engine.use((running) => (socket.destroyed ? undefined : running.handOver(socket)));
    attempt()
      .catch(attempt)
      .catch((error: unknown) => {
        onError(`s3: ${error instanceof Error ? error.message : String(error)}`);
        socket.destroy();
      });
  });
}
