import { MAX_SIGN_PARTS } from "./batches.ts";
import { asVisible, OtherFile } from "./errors.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type FileJob, isStale, newPart, type PartJob, type TransferJob } from "./job.ts";
import { Lane } from "./lane.ts";

/**
 * How far hashing runs ahead of sending: far enough that parts are signed in batches and sending never waits for
 * hashing, but no farther, because hashing takes processor time from sending. Small files are hashed farther ahead.
 */
const PARTS_AHEAD_PER_CONNECTION = 3;
const MAX_PARTS_AHEAD = 128;
const BYTES_AHEAD_PER_CONNECTION = 48 * 1024 ** 2;

class HashRecord {
  queue: FileJob[] = [];
}

/**
 * Computes checksums of parts, in the order of files and parts, a limited way ahead of the connections. Parts that were
 * hashed before their file was added need no work, so that as many of them are taken as a call has signed.
 */
export class HashLane extends Lane<HashRecord> {
  protected readonly newRecord = () => new HashRecord();
  /** The next part to hash of each file, counted from 1. */
  readonly #nextParts = new WeakMap<FileJob, number>();
  readonly #inFlight = new Set<PartJob>();

  /** Hashes the file's parts, from the first on. */
  enqueue(file: FileJob): void {
    this.#nextParts.set(file, 1);
    this.recordOf(file.transfer).queue.push(file);
  }

  remove(file: FileJob): void {
    const record = this.recordOf(file.transfer);
    record.queue = record.queue.filter((other) => other !== file);
  }

  /** The checksums of a part and of all parts before it are known already. */
  acceptPrehashed(part: PartJob): void {
    this.#nextParts.set(part.file, part.number + 1);
    this.core.recordChecksum(part.file, part.number, part.checksum);
    this.#fingerprintWithFirst(part);
  }

  isHashing(file: FileJob): boolean {
    for (const part of this.#inFlight) if (part.file === file) return true;
    return false;
  }

  hasBegun(file: FileJob): boolean {
    return this.#nextPart(file) > 1;
  }

  /** Whether another part of the transfer will be hashed without waiting for anything else. */
  hasMore(transfer: TransferJob): boolean {
    for (const part of this.#inFlight) if (part.file.transfer === transfer) return true;
    return this.recordOf(transfer).queue.some((file) => file.phase === "open") && this.#mayRunAhead();
  }

  run(): void {
    const { prehash } = this.core.tools;
    for (const transfer of this.core.runningTransfers()) {
      for (let file = this.#next(transfer); file?.blob; file = this.#next(transfer)) {
        const { blob, plan, presumed } = file;
        const number = this.#nextPart(file);
        const known = presumed.size > 0 ? undefined : prehash.find(blob, number, plan.partSize);
        if (known === undefined ? !this.#mayHash() : this.#hashedAhead(transfer).length >= MAX_SIGN_PARTS) break;
        const part = newPart(file, blob, number);
        this.#nextParts.set(file, number + 1);
        if (known === undefined) void this.#hash(part);
        else {
          this.#accept(part, known);
          this.#fingerprintWithFirst(part);
        }
      }
    }
  }

  #nextPart(file: FileJob): number {
    return this.#nextParts.get(file) ?? 1;
  }

  /** The file whose part is the next to be hashed. */
  #next(transfer: TransferJob): FileJob | undefined {
    const { queue } = this.recordOf(transfer);
    for (let file = queue[0]; file; file = queue[0]) {
      let number = this.#nextPart(file);
      while (file.stored.has(number)) number++;
      this.#nextParts.set(file, number);
      if (file.phase === "open" && file.blob && number <= file.plan.partCount) return file;
      queue.shift();
    }
    return undefined;
  }

  #mayHash(): boolean {
    return this.#inFlight.size < this.core.tools.hasher.concurrency && this.#mayRunAhead();
  }

  #mayRunAhead(): boolean {
    let parts = this.#inFlight.size;
    let bytes = 0;
    for (const transfer of this.core.transfers.values()) {
      for (const part of this.#hashedAhead(transfer)) {
        parts++;
        bytes += part.body.size;
      }
    }
    const connections = this.core.tools.concurrency();
    return (
      parts < PARTS_AHEAD_PER_CONNECTION * connections ||
      (parts < MAX_PARTS_AHEAD && bytes < BYTES_AHEAD_PER_CONNECTION * connections)
    );
  }

  /** Parts that are hashed and not being sent yet. */
  #hashedAhead(transfer: TransferJob): PartJob[] {
    const { sign, send } = this.core.lanes;
    return [...sign.queued(transfer), ...send.queued(transfer)];
  }

  async #hash(part: PartJob): Promise<void> {
    const core = this.core;
    const { file } = part;
    this.#inFlight.add(part);
    core.changed(file.transfer);
    try {
      // A file of one part is read as a whole, not as a slice, because then Firefox reports it when the file has grown.
      const checksum = await core.tools.hasher.hash(file.plan.partCount === 1 ? part.whole : part.body, file.path);
      if (isStale(part)) return;
      this.#accept(part, checksum);
      core.wakeLanes();
      await this.#fingerprint(part);
    } catch (error) {
      this.#failUnreadable(part, error);
    } finally {
      this.#inFlight.delete(part);
      core.changed(file.transfer);
      core.wakeLanes();
    }
  }

  /** The part's checksum is known. It can be signed; if S3 already has that part, the checksums must be the same. */
  #accept(part: PartJob, checksum: bigint): void {
    const core = this.core;
    const { file, number } = part;
    part.checksum = checksum;
    core.recordChecksum(file, number, checksum);
    const presumed = file.presumed.get(number);
    if (presumed === undefined) core.lanes.sign.enqueue(part);
    else if (presumed !== checksum) core.fail(file, new OtherFile(file.path));
    else {
      core.markStored(file, number);
      core.tools.journalWriter.savePart(file, number, checksum);
      core.verifyIfStored(file);
    }
  }

  /**
   * Samples prove after a crash that a file that is picked again is the same; S3 only knows the checksums of whole
   * parts.
   */
  async #fingerprint({ file, whole }: PartJob): Promise<void> {
    if (file.plan.partCount === 1 || file.fingerprint !== undefined) return;
    const fingerprint = await fingerprintOf(this.core.tools.hasher, whole, file.path);
    if (file.fingerprint === undefined && file.blob === whole) this.core.recordFingerprint(file, fingerprint);
  }

  /** Takes the fingerprint once, for a file whose parts were hashed before it was added. */
  #fingerprintWithFirst(part: PartJob): void {
    if (part.number === 1) void this.#fingerprint(part).catch((error: unknown) => this.#failUnreadable(part, error));
  }

  #failUnreadable(part: PartJob, error: unknown): void {
    if (!isStale(part) && !this.core.signal.aborted) this.core.fail(part.file, asVisible(error));
  }
}
