import type { ConcurrencyLimit } from "./concurrency-limit.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { Network } from "./network.ts";
import type { Platform } from "./platform.ts";
import type { Prehash } from "./prehash.ts";
import type { UploadProtocol } from "./protocol.ts";

/** What the engine works with. */
export type Tools = Platform & {
  network: Network;
  protocol: UploadProtocol;
  prehash: Prehash;
  journalWriter: JournalWriter;
  concurrencyLimit: ConcurrencyLimit;
  /** Parts that may be in flight at this moment; asked before each is started. */
  concurrency: () => number;
};
