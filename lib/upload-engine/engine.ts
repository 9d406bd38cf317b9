import { VisibleError } from "../kernel/errors.ts";
import type { BeginInput, BeginOutput } from "../uploads/upload-protocol.schema.ts";
import { MAX_RESERVE_FILES } from "./batches.ts";
import { acceptBegun, begin } from "./begin.ts";
import { ConcurrencyLimit } from "./concurrency-limit.ts";
import { Core } from "./core.ts";
import { type FileJob, newFile, newTransfer, type TransferJob } from "./job.ts";
import { JournalWriter } from "./journal-writer.ts";
import { relativePath, uniquePath } from "./names.ts";
import { Network } from "./network.ts";
import { type Platform, systemPlatform } from "./platform.ts";
import { Prehash } from "./prehash.ts";
import { createProtocol } from "./protocol.ts";
import { Publisher } from "./publisher.ts";
import { listUnfinished, reopen, type Supplied, supply, type Unfinished } from "./recovery.ts";
import { type FileUpload, type UploadSnapshot, viewFile, viewTransfer } from "./snapshot.ts";
import type { Tools } from "./tools.ts";
import type { UploadSource } from "./upload-source.ts";

export type UploadEngineOptions = Partial<Platform> & {
  /** The app's address, without a slash at its end; by default the page's own origin. */
  baseUrl?: string;
  /** Where the protocol's calls are below `baseUrl`, between slashes; by default where the pages' are. */
  protocolPath?: string;
  /** Headers of the calls to the app, requested before each call (a command-line client's key). */
  headers?: () => Record<string, string>;
  fetch?: typeof fetch;
  /** Parts in flight at a time; by default the limit adapts to the parts that arrive and fail. */
  concurrency?: () => number;
};

export type UploadEngine = {
  /**
   * Adds files to a transfer and starts to upload them; returns their ids. A path that was added before gets a number.
   * `sealWhenDone` seals the transfer as soon as every file is stored or cancelled. `about` is stored with the transfer
   * in the journal. Throws when the transfer is sealed.
   */
  add(
    transferId: string,
    files: readonly UploadSource[],
    options?: { sealWhenDone?: boolean; about?: unknown },
  ): string[];
  /**
   * Creates a transfer for these files and starts to upload them at once; it is sealed when all are stored. Resolves to
   * the transfer. The journal stores it too, or what `about` makes of it. Rejects with the app's error or NetworkLost; this
   * engine then has no transfer.
   */
  begin(
    details: BeginInput["transfer"],
    files: readonly UploadSource[],
    options?: { about?: (transfer: BeginOutput["transfer"]) => unknown },
  ): Promise<BeginOutput["transfer"]>;
  /**
   * Starts to hash files that are about to be added, and resolves when enough is hashed. An empty list: no files are
   * about to be added any more.
   */
  prepare(files: readonly UploadSource[]): Promise<void>;
  /** Transfers that were begun in this browser, are not finished, and are not this engine's. */
  listUnfinished(): Promise<Unfinished[]>;
  /**
   * Continues a transfer that was begun before, here or on another device. Files that the browser can find again
   * continue at once, the others are `missing`. Call it in answer to a click, so that the browser may ask for
   * permission. Rejects with SentElsewhere, and with the app's error, TransferSealed or TransferClosed when there is
   * nothing to continue.
   */
  reopen(transferId: string, about?: unknown): Promise<void>;
  /** Offers files for the missing ones. Each continues only if it is proved to be the same file. */
  supply(transferId: string, files: readonly UploadSource[]): Promise<Supplied>;
  /** Whether another tab of this browser sends the transfer. */
  isSentElsewhere(transferId: string): Promise<boolean>;
  /** Deletes what the journal has of an unfinished transfer. What has arrived stays on the server. */
  discard(transferId: string): Promise<void>;
  /** Deletes what the journal has of all transfers, because another person may use this browser next. */
  discardAll(): Promise<void>;
  /**
   * Seals the transfer once every file is stored or cancelled. Rejects with FilesFailed when nothing is in progress and
   * files failed, with the app's error when it refuses, and when the app can't be reached. The request stays: a retry
   * that succeeds still seals.
   */
  seal(transferId: string): Promise<void>;
  /** Starts nothing more; parts in flight finish. A second call aborts them at once. */
  pause(): void;
  /** Continues after `pause` or a `problem`, and ends every wait for the network. */
  resume(): void;
  /** Removes a file from its transfer, also a stored one as long as the transfer is not sealed. */
  cancelFile(id: string): void;
  /** Removes every file that is not stored yet, of one transfer or of all. */
  cancelAll(transferId?: string): void;
  /** Retries a failed file. Parts that S3 has are not sent again. */
  retry(id: string): void;
  subscribe(listener: () => void): () => void;
  /** The same object until something changes, then a new one, at most seven times per second. */
  getSnapshot(): UploadSnapshot;
  /** Files `from` (included) to `to` (excluded) in the order of adding. Objects are the same while nothing changes. */
  listFiles(transferId: string, from?: number, to?: number): FileUpload[];
  getFile(id: string): FileUpload | undefined;
  /** Aborts everything for good. What was reserved stays on the server. */
  close(): void;
};

/** Uploads files of any size and number over the upload protocol. Runs in browsers and in Node. */
export function createUploadEngine(options: UploadEngineOptions = {}): UploadEngine {
  const platform: Platform = { ...systemPlatform(), ...options };
  const { runtime, hasher, journal, locks } = platform;
  const network = new Network(runtime, platform.connectivity);
  const concurrencyLimit = new ConcurrencyLimit(platform.maxConnections);
  const journalWriter = new JournalWriter(journal, runtime);
  const prehash = new Prehash(hasher);
  const tools: Tools = {
    ...platform,
    network,
    protocol: createProtocol({ ...options, runtime, network }),
    prehash,
    journalWriter,
    concurrencyLimit,
    concurrency: options.concurrency ?? (() => concurrencyLimit.limit),
  };
  const core = new Core(tools, { onChange: () => publisher.publishSoon(), onSealed: () => publisher.publishNow() });
  const publisher = new Publisher<UploadSnapshot>(
    runtime,
    () => ({
      paused: core.paused,
      transfers: [...core.transfers.values()].map((transfer) => viewTransfer(transfer, core)),
    }),
    () => core.lanes.send.isBusy(),
  );
  const view = (file: FileJob) => viewFile(file, core);

  function transferOf(id: string): TransferJob {
    const known = core.transfers.get(id);
    if (known) return known;
    const transfer = newTransfer(id, runtime.now());
    core.transfers.set(id, transfer);
    void locks.claim(id).then((release) => release && core.setLock(transfer, release));
    return transfer;
  }

  function addTo(transfer: TransferJob, sources: readonly UploadSource[], speed: number): FileJob[] {
    prehash.stop();
    const files = sources.map((source) => {
      const file = planFile(transfer, source, speed);
      core.addFile(file);
      return file;
    });
    journalWriter.saveTransfer(transfer);
    for (const file of files) journalWriter.saveFile(file);
    core.changed(transfer);
    core.wakeLanes();
    return files;
  }

  function findFile(id: string): FileJob | undefined {
    const slash = id.lastIndexOf("/");
    return core.transfers.get(id.slice(0, slash))?.files[Number(id.slice(slash + 1))];
  }

  return {
    add(transferId, sources, { sealWhenDone = false, about } = {}) {
      const transfer = transferOf(transferId);
      if (transfer.sealed || core.lanes.seal.isSealing(transfer)) {
        throw new VisibleError("TransferSealed", 409, "This transfer is finished: no file can be added to it.");
      }
      if (sealWhenDone) core.requestSeal(transfer);
      if (about !== undefined) transfer.about = about;
      if (!transfer.halted) core.setProblem(transfer, undefined);
      return addTo(transfer, sources, concurrencyLimit.connectionSpeed).map((file) => file.id);
    },
    async begin(details, sources, { about = (transfer: BeginOutput["transfer"]): unknown => transfer } = {}) {
      const speed = concurrencyLimit.connectionSpeed;
      const draft = newTransfer("", runtime.now());
      const first = sources.slice(0, MAX_RESERVE_FILES).map((source) => planFile(draft, source, speed));
      const begun = await begin(core, details, first);
      const transfer = transferOf(begun.transfer.id);
      core.requestSeal(transfer);
      transfer.about = about(begun.transfer);
      addTo(transfer, sources, speed);
      acceptBegun(core, transfer, begun);
      return begun.transfer;
    },
    prepare(sources) {
      hasher.prepare();
      return prehash.start(
        sources.map(({ blob }) => blob),
        concurrencyLimit.connectionSpeed,
      );
    },
    listUnfinished: () => listUnfinished(core),
    reopen: (transferId, about) => reopen(core, transferId, about),
    supply: (transferId, sources) => supply(core, transferOf(transferId), sources),
    isSentElsewhere: async (transferId) => !core.transfers.has(transferId) && (await locks.claimed()).has(transferId),
    async discard(transferId) {
      journalWriter.forget(transferId);
      await journalWriter.flush();
    },
    async discardAll() {
      await journalWriter.flush();
      await journal?.clear().catch(() => undefined);
    },
    seal(transferId) {
      const transfer = transferOf(transferId);
      if (transfer.sealed) return Promise.resolve();
      core.requestSeal(transfer);
      if (transfer.halted) return Promise.reject(transfer.problem);
      core.wakeLanes();
      return core.lanes.seal.wait(transfer);
    },
    pause() {
      if (core.paused) core.lanes.send.abortAll();
      core.pause();
    },
    resume: () => core.resume(),
    cancelFile(id) {
      const file = findFile(id);
      if (file && !file.transfer.sealed) core.cancel(file);
    },
    cancelAll(transferId) {
      for (const transfer of core.transfers.values()) {
        if (transferId !== undefined && transfer.id !== transferId) continue;
        for (const file of transfer.files) if (file.phase !== "ready") core.cancel(file);
        if (transfer.phases.ready > 0) continue;
        journalWriter.forget(transfer.id);
        transfer.releaseLock();
      }
    },
    retry(id) {
      const file = findFile(id);
      if (file?.phase === "failed") core.retry(file);
    },
    subscribe: (listener) => publisher.subscribe(listener),
    getSnapshot: () => publisher.snapshot,
    listFiles: (transferId, from = 0, to) => (core.transfers.get(transferId)?.files ?? []).slice(from, to).map(view),
    getFile(id) {
      const file = findFile(id);
      return file && view(file);
    },
    close() {
      core.close();
      publisher.close();
    },
  };
}

/** A file with a unique path, divided into parts by `speed`. */
const planFile = (transfer: TransferJob, source: UploadSource, speed: number): FileJob =>
  newFile(transfer, uniquePath(relativePath(source.path), transfer.takenPaths), source, speed);
