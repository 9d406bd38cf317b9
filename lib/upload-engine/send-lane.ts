import { asVisible, FileChanged, NetworkLost, StorageRefused } from "./errors.ts";
import { asFileChanged } from "./hasher.ts";
import { type FileJob, isStale, type PartJob, type TransferJob } from "./job.ts";
import { Lane } from "./lane.ts";
import { type PutOutcome, STALLED } from "./put.ts";
import { backoff } from "./runtime.ts";
import { isFresh, signedRequest } from "./sign-lane.ts";
import { MEASURE_EVERY_MS, Uplink } from "./uplink.ts";

/** With backoff about a quarter of an hour without an answer to this part; attempts made while offline do not count. */
const MAX_UNANSWERED = 40;
const MAX_REFUSALS = 12;
const MAX_UNAUTHORIZED = 3;

/** Until a connection that stands still is given up, in times of the usual: one that only seemed to have sent all gets more. */
const MAX_STALL_FACTOR = 8;

/** Smaller parts cost the app and S3 more work than the line, in bytes. */
const SMALL_PART = 1024 ** 2;

/** A part in flight, and what aborts it. */
type Put = { part: PartJob; controller: AbortController };

class SendRecord {
  queue: PartJob[] = [];
}

/** Sends signed parts, as many at a time as `concurrency` and the uplink allow; transfers take turns. */
export class SendLane extends Lane<SendRecord> {
  protected readonly newRecord = () => new SendRecord();
  readonly #inFlight = new Set<Put>();
  /** Parts that wait before their next attempt, without holding a connection. */
  readonly #backingOff = new Set<PartJob>();
  readonly #uplink = new Uplink();
  #measuring = false;

  queued(transfer: TransferJob): readonly PartJob[] {
    return this.recordOf(transfer).queue;
  }

  /** A signed part may be sent. */
  enqueue(part: PartJob): void {
    this.recordOf(part.file.transfer).queue.push(part);
  }

  #requeue(part: PartJob): void {
    this.recordOf(part.file.transfer).queue.unshift(part);
  }

  /** Nothing more of the file is sent. What S3 may store without our hearing of it comes to its end, and doesn't count. */
  drop(file: FileJob): void {
    const record = this.recordOf(file.transfer);
    record.queue = record.queue.filter((part) => part.file !== file);
    for (const part of this.#backingOff) if (part.file === file) this.#backingOff.delete(part);
    for (const { part, controller } of this.#inFlight) {
      if (part.file !== file) continue;
      const abortable = isAbortable(part);
      this.core.recordProgress(part, 0);
      if (abortable) controller.abort();
    }
  }

  abortAll(): void {
    for (const { controller } of this.#inFlight) controller.abort();
  }

  isBusy(): boolean {
    return this.#inFlight.size > 0;
  }

  /** Whether a part of the file, or of any file of the transfer, is in flight. */
  isSending(whose: FileJob | TransferJob): boolean {
    for (const { part } of this.#inFlight) if (part.file === whose || part.file.transfer === whose) return true;
    return false;
  }

  isBackingOff(file: FileJob): boolean {
    for (const part of this.#backingOff) if (part.file === file) return true;
    return false;
  }

  run(): void {
    const { concurrency, runtime } = this.core.tools;
    while (this.#inFlight.size < concurrency()) {
      const transfers = this.core.runningTransfers().filter((transfer) => this.#mayStart(transfer));
      if (transfers.length === 0) return;
      for (const transfer of transfers) {
        if (this.#inFlight.size >= concurrency()) return;
        const { queue } = this.recordOf(transfer);
        const [part] = queue;
        if (!part) continue;
        if (!this.#uplink.hasRoom(this.#bytesInFlight(), part.body.size)) return;
        queue.shift();
        if (isFresh(part, runtime.now())) void this.#send(part);
        else this.#signAgain(part);
      }
    }
  }

  /**
   * Small files wait until all have their places: then the whole list is known, to guests and to whoever must go on with
   * it, and giving places takes seconds instead of competing with a call of S3 for each file.
   */
  #mayStart(transfer: TransferJob): boolean {
    const [next] = this.recordOf(transfer).queue;
    return next !== undefined && (next.body.size >= SMALL_PART || this.core.lanes.reserve.isDone(transfer));
  }

  #bytesInFlight(): number {
    let bytes = 0;
    for (const { part } of this.#inFlight) bytes += part.body.size;
    return bytes;
  }

  #signAgain(part: PartJob): void {
    part.signed = undefined;
    this.core.lanes.sign.requeue(part.file.transfer, [part]);
    this.core.wakeLanes();
  }

  async #send(part: PartJob): Promise<void> {
    const core = this.core;
    const { file } = part;
    const request = signedRequest(part);
    if (!request) return this.#signAgain(part);
    const put: Put = { part, controller: new AbortController() };
    this.#begin(put);
    core.changed(file.transfer);
    const startedAt = core.tools.runtime.now();
    const outcome = await core.tools.put({
      ...request,
      body: part.body,
      signal: put.controller.signal,
      stallFactor: part.stallFactor,
      onProgress: (loaded) => {
        if (this.#inFlight.has(put) && !isStale(part)) this.#recordProgress(part, loaded);
      },
    });
    this.#inFlight.delete(put);
    if (outcome.status > 0) core.tools.network.markReachable();
    this.#adjustConcurrency(part, outcome, startedAt);
    if (isStale(part)) core.lanes.cancel.enqueueWhenIdle(file);
    else await this.#handle(part, outcome);
    core.changed(file.transfer);
    core.wakeLanes();
  }

  #begin(put: Put): void {
    if (!this.isBusy()) this.#uplink.restart(this.core.tools.runtime.now());
    this.#inFlight.add(put);
    this.#measureUplink();
  }

  /** While parts are in flight it is looked, once a second, whether they are too many for the uplink. */
  #measureUplink(): void {
    const core = this.core;
    const { runtime } = core.tools;
    if (this.#measuring) return;
    this.#measuring = true;
    runtime.after(MEASURE_EVERY_MS, () => {
      this.#measuring = false;
      if (!this.isBusy() || core.signal.aborted) return;
      this.#uplink.measure(this.#bytesInFlight(), runtime.now());
      if (!core.paused) this.#abortExcess();
      core.wakeLanes();
      this.#measureUplink();
    });
  }

  /** Of parts that are too many for the uplink those are aborted, to go later, of which the least has left. */
  #abortExcess(): void {
    let bytes = this.#bytesInFlight();
    const leastSentFirst = [...this.#inFlight].sort((a, b) => a.part.loaded - b.part.loaded);
    for (const { part, controller } of leastSentFirst.slice(0, -1)) {
      if (!this.#uplink.isOverloaded(bytes) || part.loaded > part.body.size / 4) return;
      if (!isAbortable(part)) continue;
      controller.abort();
      bytes -= part.body.size;
    }
  }

  #recordProgress(part: PartJob, loaded: number): void {
    const more = this.core.recordProgress(part, loaded);
    if (more > 0) this.#uplink.addBytes(more, this.core.tools.runtime.now());
  }

  /** That a person is offline says nothing of how many parts the network carries. */
  #adjustConcurrency({ body, file }: PartJob, { kind }: PutOutcome, startedAt: number): void {
    const { concurrencyLimit, network, runtime } = this.core.tools;
    const now = runtime.now();
    if (kind === "stored") concurrencyLimit.partArrived(body.size, now - startedAt, file.transfer.meter.speed(now));
    else if (kind === "busy" || (kind === "unanswered" && !network.isOffline)) concurrencyLimit.congested(now);
  }

  async #handle(part: PartJob, outcome: PutOutcome): Promise<void> {
    const core = this.core;
    const { file } = part;
    const { kind, code, status, message } = outcome;
    if (kind === "stored" || (kind === "exists" && file.plan.partCount === 1)) return this.#store(part);
    const hasMoved = part.loaded > 0;
    core.recordProgress(part, 0);
    const refusal = new StorageRefused(code, status, message);
    switch (kind) {
      case "aborted":
        return this.#requeue(part);
      case "unanswered":
        if (code === STALLED && hasMoved) part.stallFactor = Math.min(MAX_STALL_FACTOR, part.stallFactor * 2);
        return await this.#handleNoAnswer(part, outcome);
      case "busy":
        return this.#retryRefused(part, refusal);
      case "corrupted":
        return await this.#handleCorruption(part, refusal);
      case "unauthorized":
        if (++part.unauthorized > MAX_UNAUTHORIZED) return core.fail(file, refusal, { needsNewOrdinal: false });
        return this.#signAgain(part);
      default:
        if (code !== "NoSuchUpload" || !core.lanes.sync.resync(file)) core.fail(file, refusal);
    }
  }

  #store(part: PartJob): void {
    const { file, body, number, checksum } = part;
    this.#recordProgress(part, body.size);
    this.core.markSent(part);
    if (file.plan.partCount > 1) this.core.tools.journalWriter.savePart(file, number, checksum);
    this.core.verifyIfStored(file);
  }

  /** A browser reports a file that changed on disk as a failed connection, so the file is looked at first. */
  async #handleNoAnswer(part: PartJob, { message, code }: PutOutcome): Promise<void> {
    const core = this.core;
    const { network } = core.tools;
    const { file } = part;
    try {
      await part.body.slice(0, 1).arrayBuffer();
    } catch (error) {
      return core.fail(file, asVisible(asFileChanged(error, file.path)));
    }
    if (isStale(part)) return;
    network.markUnreachable({ stalled: code === STALLED });
    if (!network.isOffline) part.unanswered++;
    if (part.unanswered <= MAX_UNANSWERED) return this.#backOff(part, Math.max(1, part.unanswered));
    core.fail(file, new NetworkLost(new Error(message)), { needsNewOrdinal: false });
  }

  /** Other bytes arrived than were hashed: either the file is not what it was, or the way spoiled them. */
  async #handleCorruption(part: PartJob, refusal: StorageRefused): Promise<void> {
    const core = this.core;
    const { file } = part;
    try {
      const checksum = await core.tools.hasher.hash(part.body, file.path);
      if (isStale(part)) return;
      if (checksum !== part.checksum) return core.fail(file, new FileChanged(file.path, refusal));
    } catch (error) {
      if (!isStale(part)) core.fail(file, asVisible(error));
      return;
    }
    this.#retryRefused(part, refusal);
  }

  #retryRefused(part: PartJob, refusal: StorageRefused): void {
    if (++part.refusals > MAX_REFUSALS) this.core.fail(part.file, refusal, { needsNewOrdinal: false });
    else this.#backOff(part, part.refusals);
  }

  /** The part waits without holding a connection, then goes to the front. */
  #backOff(part: PartJob, failures: number): void {
    const core = this.core;
    const { network, runtime } = core.tools;
    this.#backingOff.add(part);
    void network.wait(backoff(failures, runtime.random), core.signal).then(() => {
      // Not when it was dropped meanwhile.
      if (!this.#backingOff.delete(part)) return;
      this.#requeue(part);
      core.changed(part.file.transfer);
      core.wakeLanes();
    });
  }
}

/**
 * Whether S3 can't have all of the part, or stores nothing by it: then its connection may be cut. A single PUT of which
 * all has left, or of which we don't know, may be stored without our hearing of it, so its answer is waited for.
 */
const isAbortable = ({ file, loaded, body }: PartJob): boolean =>
  file.plan.partCount > 1 || (loaded > 0 && loaded < body.size);
