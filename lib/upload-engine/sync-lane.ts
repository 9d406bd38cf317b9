import { hasArrived, isComing } from "../kernel/file-states.ts";
import type { StatusOutput } from "../uploads/upload-protocol.schema.ts";
import { crcFromBase64 } from "./crc64nvme.ts";
import { ProtocolError } from "./errors.ts";
import { type FileJob, partBytes } from "./job.ts";
import { Lane } from "./lane.ts";

type Parts = NonNullable<StatusOutput["parts"]>;

/** How often a file may find that S3 does not have what was expected, before the file fails. */
const MAX_RESYNCS = 3;

class SyncRecord {
  queue: FileJob[] = [];
  inFlight = false;
}

/** Asks what S3 has of files that were begun before or that S3 has partly lost; then they continue from there. */
export class SyncLane extends Lane<SyncRecord> {
  protected readonly newRecord = () => new SyncRecord();
  readonly #resyncs = new WeakMap<FileJob, number>();

  enqueue(file: FileJob): void {
    this.recordOf(file.transfer).queue.push(file);
  }

  /** S3 does not have what was expected, so it is asked. False when that has happened too often. */
  resync(file: FileJob): boolean {
    const resyncs = (this.#resyncs.get(file) ?? 0) + 1;
    this.#resyncs.set(file, resyncs);
    if (resyncs <= MAX_RESYNCS) this.core.restart(file);
    return resyncs <= MAX_RESYNCS;
  }

  resetResyncs(file: FileJob): void {
    this.#resyncs.delete(file);
  }

  run(): void {
    for (const transfer of this.core.runningTransfers()) {
      const record = this.recordOf(transfer);
      record.queue = record.queue.filter((file) => file.phase === "open");
      if (record.inFlight) continue;
      const file = record.queue.shift();
      if (file?.ordinal !== undefined) void this.#sync(file, file.ordinal);
    }
  }

  async #sync(file: FileJob, ordinal: number): Promise<void> {
    const core = this.core;
    const { transfer, generation } = file;
    const record = this.recordOf(transfer);
    record.inFlight = true;
    const isCurrent = () => file.generation === generation && file.phase === "open";
    try {
      const status = await core.tools.protocol.status({ transferId: transfer.id, ordinal }, core.signal);
      if (isCurrent()) this.#accept(file, status);
    } catch (thrown) {
      const refusal = core.haltUnlessRefused(transfer, thrown);
      if (refusal) core.fail(file, refusal);
      else if (isCurrent()) record.queue.unshift(file);
    } finally {
      record.inFlight = false;
      core.wakeLanes();
    }
  }

  #accept(file: FileJob, { files, parts = [] }: StatusOutput): void {
    const core = this.core;
    const state = files[0]?.state;
    if (hasArrived(state)) core.markReady(file);
    else if (isComing(state)) this.#compare(file, parts);
    else core.fail(file, new ProtocolError("FileGone", 409, "This file was taken out of the transfer meanwhile."));
  }

  /** Parts at S3 that are proved to be the file's are kept; the others are proved by hashing, or sent again. */
  #compare(file: FileJob, parts: Parts): void {
    const core = this.core;
    const unproved = new Map<number, bigint>();
    for (const { part, crc64 } of fittingParts(file, parts)) {
      const checksum = crc64 === "" ? undefined : crcFromBase64(crc64);
      const own = file.checksums[part - 1];
      if (checksum !== undefined && own === checksum) core.markStored(file, part);
      // A part at S3 that is known to be different is sent again.
      else if (own === undefined && checksum !== undefined) unproved.set(part, checksum);
    }
    core.presume(file, unproved);
    if (!core.verifyIfStored(file)) core.lanes.hash.enqueue(file);
  }
}

/** Parts at S3 that match the file's division into parts. */
export const fittingParts = (file: FileJob, parts: Parts): Parts =>
  parts.filter(({ part, size }) => part <= file.plan.partCount && size === partBytes(file, part));
