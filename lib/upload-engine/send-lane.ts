import { asVisible, FileChanged, NetworkLost, StorageRefused } from "./errors.ts";
import { asFileChanged } from "./hasher.ts";
import { type FileJob, isStale, type PartJob, type TransferJob } from "./job.ts";
import { Lane } from "./lane.ts";
import { type PutOutcome, STALLED } from "./put.ts";
import { backoff } from "./runtime.ts";
import { isFresh, signedRequest } from "./sign-lane.ts";
import { MEASURE_EVERY_MS, Uplink } from "./uplink.ts";

/** With backoff about a quarter of an hour without an answer to this part; attempts while offline do not count. */
const MAX_UNANSWERED = 40;
const MAX_REFUSALS = 12;
const MAX_UNAUTHORIZED = 3;

/**
 * The highest factor for the time that a connection may stall; a connection that only seemed to have sent everything
 * gets more.
 */
const MAX_STALL_FACTOR = 8;

/** For smaller parts, in bytes, the calls of the app and S3 cost more than the line. */
const SMALL_PART = 1024 ** 2;

/** A part in flight, and the controller that aborts it. */
type Put = { part: PartJob; controller: AbortController };

class SendRecord {
  queue: PartJob[] = [];
}

/** Sends signed parts, as many at a time as `concurrency` and the uplink allow. Transfers take turns. */
export class SendLane extends Lane<SendRecord> {
  protected readonly newRecord = () => new SendRecord();
  readonly #inFlight = new Set<Put>();
  /** Parts that wait before their next attempt, without a connection. */
  readonly #backingOff = new Set<PartJob>();
  readonly #uplink = new Uplink();
  #measuring = false;

  queued(transfer: TransferJob): readonly PartJob[] {
    return this.recordOf(transfer).queue;
  }

  /** Queues a signed part to be sent. */
  enqueue(part: PartJob): void {
    this.recordOf(part.file.transfer).queue.push(part);
  }

  #requeue(part: PartJob): void {
    this.recordOf(part.file.transfer).queue.unshift(part);
  }

  /**
   * Stops sending parts of the file. A PUT that S3 may store without our getting the answer is allowed to finish, and
   * does not count.
   */
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
   * Small files wait until all have their ordinals. Then guests and a device that continues the upload see the whole
   * list, and the reservations take seconds instead of competing with a request to S3 for each file.
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

  /** While parts are in flight, checks once per second whether they are too many for the uplink. */
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

  /**
   * Aborts the parts that are too many for the uplink, those first of which the least has been sent. They are sent
   * later.
   */
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

  /** Attempts while offline say nothing about how many parts the network carries. */
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

  /** Browsers report a file that changed on disk as a failed connection, so the file is checked first. */
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

  /** Other bytes arrived than were hashed: either the file has changed, or the network corrupted them. */
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

  /** The part waits without a connection, then goes to the front of the queue. */
  #backOff(part: PartJob, failures: number): void {
    const core = this.core;
    const { network, runtime } = core.tools;
    this.#backingOff.add(part);
    void network.wait(backoff(failures, runtime.random), core.signal).then(() => {
      // Not if it was dropped meanwhile.
      if (!this.#backingOff.delete(part)) return;
      this.#requeue(part);
      core.changed(part.file.transfer);
      core.wakeLanes();
    });
  }
}

/**
 * Whether aborting is safe: S3 can't have all of the part, or does not store anything because of it. A single PUT whose
 * bytes have all been sent, or of which this is unknown, may be stored without our getting the answer, so the answer is
 * waited for.
 */
const isAbortable = ({ file, loaded, body }: PartJob): boolean =>
  file.plan.partCount > 1 || (loaded > 0 && loaded < body.size);
