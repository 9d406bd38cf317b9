import type { VisibleError } from "../kernel/errors.ts";
import { randomToken } from "../kernel/id.ts";
import type { ReserveOutput } from "../uploads/upload-protocol.schema.ts";
import { MAX_RESERVE_FILES, reserveCount } from "./batches.ts";
import type { Core } from "./core.ts";
import { crcToBase64 } from "./crc64nvme.ts";
import type { FileJob, TransferJob } from "./job.ts";
import { Lane } from "./lane.ts";

/** Files of one call. The batch keeps its token until it is answered, so that it can be repeated safely. */
type Batch = { token: string; files: FileJob[]; firstOrdinal: number | undefined };

class ReserveRecord {
  queue: FileJob[] = [];
  /** Batches of exactly these files, because a larger one was refused. */
  readonly splits: FileJob[][] = [];
  batch: Batch | undefined;
  inFlight = false;
  nextOrdinal = 0;
}

/** Reserves ordinals for files in the transfer, one batch after another. */
export class ReserveLane extends Lane<ReserveRecord> {
  protected readonly newRecord = () => new ReserveRecord();

  enqueue(file: FileJob): void {
    this.recordOf(file.transfer).queue.push(file);
  }

  remove(file: FileJob): void {
    const record = this.recordOf(file.transfer);
    record.queue = record.queue.filter((other) => other !== file);
  }

  /** The app has reserved ordinals for other files before. */
  setNextOrdinal(transfer: TransferJob, nextOrdinal: number): void {
    this.recordOf(transfer).nextOrdinal = nextOrdinal;
  }

  /** The transfer was created with its first files: removes them from the queue, and returns them. */
  acceptFirst(transfer: TransferJob, answer: ReserveOutput): FileJob[] {
    const files = this.recordOf(transfer).queue.splice(0, answer.nextOrdinal);
    this.#assignOrdinals(transfer, files, answer);
    return files;
  }

  hasBatch(transfer: TransferJob): boolean {
    return this.recordOf(transfer).batch !== undefined;
  }

  /** Whether every file has an ordinal. */
  isDone(transfer: TransferJob): boolean {
    return !this.hasBatch(transfer) && this.recordOf(transfer).queue.length === 0;
  }

  run(): void {
    for (const transfer of this.core.runningTransfers()) {
      const record = this.recordOf(transfer);
      if (record.inFlight) continue;
      record.batch ??= nextBatch(record);
      if (record.batch) void this.#reserve(transfer, record, record.batch);
    }
  }

  async #reserve(transfer: TransferJob, record: ReserveRecord, batch: Batch): Promise<void> {
    const core = this.core;
    const { sign } = core.lanes;
    record.inFlight = true;
    batch.firstOrdinal ??= record.nextOrdinal;
    const files = batch.files.map((file) => file.reservation);
    const parts = sign.takeOf(transfer, batch.files, signaturesPerReservation(core));
    try {
      const answer = await core.tools.protocol.reserve(
        {
          transferId: transfer.id,
          firstOrdinal: batch.firstOrdinal,
          batch: batch.token,
          files,
          sign: parts.map(({ file, number, checksum }) => ({
            file: batch.files.indexOf(file),
            part: number,
            crc64: crcToBase64(checksum),
          })),
        },
        core.signal,
      );
      record.batch = undefined;
      this.#assignOrdinals(transfer, batch.files, answer);
      if (answer.signed) sign.accept(transfer, parts, answer.signed);
    } catch (thrown) {
      sign.requeue(transfer, parts);
      const refusal = core.haltUnlessRefused(transfer, thrown);
      if (refusal) this.#handleRefusal(record, batch, refusal);
    } finally {
      record.inFlight = false;
      core.wakeLanes();
    }
  }

  /** Files have got their ordinals; those that were cancelled meanwhile are removed from the transfer again. */
  #assignOrdinals(
    transfer: TransferJob,
    files: readonly FileJob[],
    { firstOrdinal, nextOrdinal }: ReserveOutput,
  ): void {
    this.setNextOrdinal(transfer, nextOrdinal);
    for (const [index, file] of files.entries()) {
      const ordinal = firstOrdinal + index;
      if (file.phase === "cancelled" || file.phase === "failed") this.core.lanes.cancel.enqueue(transfer, ordinal);
      else this.core.assignOrdinal(file, ordinal);
    }
  }

  /**
   * If another sender was first, the same batch is repeated from the next ordinal. A bad file is found by halving the
   * batch. Otherwise all of its files fail.
   */
  #handleRefusal(record: ReserveRecord, batch: Batch, error: VisibleError): void {
    const next = error.details?.nextOrdinal;
    if (error.code === "OrdinalTaken" && typeof next === "number" && next !== batch.firstOrdinal) {
      record.nextOrdinal = next;
      batch.firstOrdinal = next;
      return;
    }
    record.batch = undefined;
    const { files } = batch;
    const culprit = typeof error.details?.file === "number" ? files[error.details.file] : undefined;
    if (culprit) {
      this.core.fail(culprit, error);
      record.splits.unshift(files.filter((file) => file !== culprit));
    } else if (error.code === "InvalidInput" && files.length > 1) {
      const middle = Math.ceil(files.length / 2);
      record.splits.unshift(files.slice(0, middle), files.slice(middle));
    } else for (const file of files) this.core.fail(file, error);
  }
}

function nextBatch(record: ReserveRecord): Batch | undefined {
  const needsOrdinal = (file: FileJob) => file.phase === "open" && file.ordinal === undefined;
  const batchOf = (files: FileJob[]): Batch => ({ token: randomToken(), files, firstOrdinal: undefined });
  for (let split = record.splits.shift(); split; split = record.splits.shift()) {
    const files = split.filter(needsOrdinal);
    if (files.length > 0) return batchOf(files);
  }
  record.queue = record.queue.filter(needsOrdinal);
  const count = reserveCount(record.queue.slice(0, MAX_RESERVE_FILES).map((file) => file.reservation));
  return count === 0 ? undefined : batchOf(record.queue.splice(0, count));
}

/** How many parts a reservation signs: as many as keep the connections busy for a while. */
export const signaturesPerReservation = (core: Core): number => 3 * core.tools.concurrency();
