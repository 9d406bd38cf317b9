import type { ConcurrencyLimit } from "./concurrency-limit.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { Network } from "./network.ts";
import type { Platform } from "./platform.ts";
import type { Prehash } from "./prehash.ts";
import type { UploadProtocol } from "./protocol.ts";

/** The dependencies of the engine's lanes. */
export type Tools = Platform & {
  network: Network;
  protocol: UploadProtocol;
  prehash: Prehash;
  journalWriter: JournalWriter;
  concurrencyLimit: ConcurrencyLimit;
  /** How many parts may be in flight now; read before each is started. */
  concurrency: () => number;
};
