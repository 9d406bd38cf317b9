import { browserOrigins } from "./handle-origins.ts";
import { createHasher, type Hasher } from "./hasher.ts";
import { browserJournal, type FileOrigin, type Journal } from "./journal.ts";
import { type Locks, systemLocks } from "./locks.ts";
import { type Connectivity, systemConnectivity } from "./network.ts";
import { type PutPart, systemPut } from "./put.ts";
import { type Runtime, systemRuntime } from "./runtime.ts";
import { isFirefox } from "./unchanged.ts";

/** What the engine needs of the place where it runs. */
export type Platform = {
  runtime: Runtime;
  connectivity: Connectivity;
  hasher: Hasher;
  put: PutPart;
  /** What outlives the tab; undefined: nothing does. */
  journal: Journal | undefined;
  locks: Locks;
  origins: FileOrigins;
  /** Parts that are in flight at the most. */
  maxConnections: number;
  /** Whether a file that has changed since it was picked is read without a word. */
  changesAreSilent: boolean;
};

/** Finds files again that were sent from here before; the journal keeps their origins. */
export type FileOrigins = {
  /** Those that may be read, after asking the person where that is needed: then it is called in answer to a click. */
  permit(origins: readonly FileOrigin[]): Promise<ReadonlySet<FileOrigin>>;
  /** The file as it is now; undefined when it is there no more. */
  open(origin: FileOrigin): Promise<Blob | undefined>;
};

/** A browser's, or Node's, which keeps nothing and finds nothing again. */
export const systemPlatform = (): Platform => ({
  runtime: systemRuntime,
  connectivity: systemConnectivity,
  hasher: createHasher(),
  put: systemPut,
  journal: browserJournal(),
  locks: systemLocks(),
  origins: browserOrigins,
  // Browsers open six connections to an origin; what is more would wait there, signed and growing old.
  maxConnections: typeof window === "undefined" ? 32 : 6,
  changesAreSilent: isFirefox(),
});
