/**
 * The interface of a local service: what the index.ts of each folder in `services/` exports, and what it receives. A
 * new service is one more folder, and one line in service-list.ts.
 */
import type { Server } from "node:http";
import type { Server as NetServer } from "node:net";
import type { AwsService } from "./core/aws-service.ts";
import type { Isolation } from "./core/isolation.ts";
import type { Ledger } from "./core/ledger.ts";
import type { EngineStatus } from "./core/supervisor.ts";
import type { Environment } from "./environment.ts";

export type LocalService<T extends OpenService = OpenService> = {
  /**
   * Prepares the service without starting an engine. Called once, before any port is open. Throws CommandError with
   * what a person must change.
   */
  open(cloud: LocalCloud): T | Promise<T>;
  /**
   * Called instead of `open` if the user has chosen another endpoint: creates what is missing there. Throws
   * CommandError.
   */
  prepareElsewhere?(environment: Environment): Promise<void>;
};

export type OpenService = {
  /** What it answers at the shared port. `names` are the service's names in the scope of a credential. */
  names?: AwsService["names"];
  handle?: AwsService["handle"];
  /** Servers with ports of their own, which the cloud opens. A request starts the engine behind them. */
  ports?: Port[];
  /** Rows for `npm run cloud -- ps`. */
  status(): EngineStatus[];
  /** Resumes the work that an earlier router left unfinished. Called when every port is open. */
  start?(): void;
  /**
   * Stops everything that runs. The ports are closed by then, and the services that use this one have been closed, so
   * whatever ends from now on is no failure.
   */
  close(): Promise<void>;
};

export type Port = { port: number; server: Server | NetServer };

export type LocalCloud = {
  /** Folder of the project, with node_modules. */
  project: string;
  environment: Environment;
  /** How pages are served; undefined if only the endpoints are served. */
  web: Web | undefined;
  ledger: Ledger;
  /** Prints a line for the person at the terminal, without secrets. */
  say(message: string): void;
  /**
   * Isolation for programs that may reach these ports and nothing else; undefined if this system or an endpoint does
   * not permit it.
   */
  isolation(...ports: number[]): Isolation | undefined;
  /** Another service, by its module. It is opened before this one and closed after it. */
  use<T extends OpenService>(service: LocalService<T>): Promise<T>;
};

/** How the app is served: from the deployed build, or by a server of its own (`next dev`). */
export type Web =
  | { deployment: string }
  | {
      status: () => EngineStatus;
      close: () => Promise<void>;
      /** Folder of the other functions' bundles, and a way to learn that they were rebuilt. */
      functions: string;
      onChange: (listener: () => void) => void;
    };
