/**
 * The contract of a local service: what the index.ts of each folder in `services/` exports, and what it is given. A new
 * service is one more folder, and one line in service-list.ts.
 */
import type { Server } from "node:http";
import type { Server as NetServer } from "node:net";
import type { AwsService } from "./core/aws-service.ts";
import type { Isolation } from "./core/isolation.ts";
import type { Ledger } from "./core/ledger.ts";
import type { EngineStatus } from "./core/supervisor.ts";
import type { Environment } from "./environment.ts";

export type LocalService<T extends OpenService = OpenService> = {
  /** Prepares the service, and starts no engine yet. Called once, before any port is open. Throws CommandError with what a person must change. */
  open(cloud: LocalCloud): T | Promise<T>;
  /** Called instead of `open` where the user has named another endpoint: creates what is missing there. Throws CommandError. */
  prepareElsewhere?(environment: Environment): Promise<void>;
};

export type OpenService = {
  /** What it answers at the shared port: `names` are those in the scope of a credential. */
  names?: AwsService["names"];
  handle?: AwsService["handle"];
  /** Servers on ports of its own, that the cloud opens. A use of what is behind them wakes it. */
  ports?: Port[];
  /** For `npm run cloud -- ps`: a row for each. */
  status(): EngineStatus[];
  /** Takes up what an earlier router left undone; called when every port is open. */
  start?(): void;
  /**
   * Ends what runs. The ports are closed by then, and who uses this service has been told to close before: whatever
   * ends from now on counts as nobody's failure.
   */
  close(): Promise<void>;
};

export type Port = { port: number; server: Server | NetServer };

export type LocalCloud = {
  /** Folder of the project, with node_modules. */
  project: string;
  environment: Environment;
  /** How pages are served; undefined where the endpoints alone are. */
  web: Web | undefined;
  ledger: Ledger;
  /** Tells the person at the terminal, without secrets. */
  say(message: string): void;
  /** For programs that reach these ports and nothing else; undefined where this system or an endpoint permits none. */
  isolation(...ports: number[]): Isolation | undefined;
  /** Another service, by its module; opened before the one that asks, and closed after it. */
  use<T extends OpenService>(service: LocalService<T>): Promise<T>;
};

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
