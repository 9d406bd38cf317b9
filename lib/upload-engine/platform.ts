import { browserOrigins } from "./handle-origins.ts";
import { createHasher, type Hasher } from "./hasher.ts";
import { browserJournal, type FileOrigin, type Journal } from "./journal.ts";
import { type Locks, systemLocks } from "./locks.ts";
import { type Connectivity, systemConnectivity } from "./network.ts";
import { type PutPart, systemPut } from "./put.ts";
import { type Runtime, systemRuntime } from "./runtime.ts";
import { isFirefox } from "./unchanged.ts";

/** What the engine needs from the platform that it runs on. */
export type Platform = {
  runtime: Runtime;
  connectivity: Connectivity;
  hasher: Hasher;
  put: PutPart;
  /** Storage that outlives the tab, or undefined. */
  journal: Journal | undefined;
  locks: Locks;
  origins: FileOrigins;
  /** The most parts in flight. */
  maxConnections: number;
  /** Whether the platform reads a file that has changed since it was picked without reporting it. */
  changesAreSilent: boolean;
};

/** Finds files again that were sent from here before; the journal stores their origins. */
export type FileOrigins = {
  /** Those origins that may be read. Asks the person if needed, so it must be called in answer to a click. */
  permit(origins: readonly FileOrigin[]): Promise<ReadonlySet<FileOrigin>>;
  /** The file as it is now; undefined when it does not exist any more. */
  open(origin: FileOrigin): Promise<Blob | undefined>;
};

/** The platform of a browser, or of Node, which stores nothing and finds no files again. */
export const systemPlatform = (): Platform => ({
  runtime: systemRuntime,
  connectivity: systemConnectivity,
  hasher: createHasher(),
  put: systemPut,
  journal: browserJournal(),
  locks: systemLocks(),
  origins: browserOrigins,
  // Browsers open six connections to an origin; further parts would wait there while their signatures expire.
  maxConnections: typeof window === "undefined" ? 32 : 6,
  changesAreSilent: isFirefox(),
});
