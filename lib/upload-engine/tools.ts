import type { ConcurrencyLimit } from "./concurrency-limit.ts";
import type { Hasher } from "./hasher.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { Locks } from "./locks.ts";
import type { Network } from "./network.ts";
import type { Prehash } from "./prehash.ts";
import type { UploadProtocol } from "./protocol.ts";
import type { PutPart } from "./put.ts";
import type { Runtime } from "./runtime.ts";

/** What the engine works with. */
export type Tools = {
  runtime: Runtime;
  network: Network;
  protocol: UploadProtocol;
  hasher: Hasher;
  prehash: Prehash;
  put: PutPart;
  journalWriter: JournalWriter;
  locks: Locks;
  /** Whether the browser reads a file that has changed since it was picked without a word. */
  changesAreSilent: boolean;
  concurrencyLimit: ConcurrencyLimit;
  /** Parts that may be in flight at this moment; asked before each is started. */
  concurrency: () => number;
};
