import { MAX_CANCEL_FILES } from "./batches.ts";
import type { FileJob, TransferJob } from "./job.ts";
import { Lane } from "./lane.ts";

class CancelRecord {
  /** Ordinals. */
  readonly queue: number[] = [];
  inFlight = false;
}

/** Asks the app to remove files from the transfer. */
export class CancelLane extends Lane<CancelRecord> {
  protected readonly newRecord = () => new CancelRecord();

  enqueue(transfer: TransferJob, ordinal: number): void {
    this.recordOf(transfer).queue.push(ordinal);
  }

  /** For a cancelled file, once none of its parts is in flight: nothing of it can reach S3 any more. */
  enqueueWhenIdle(file: FileJob): void {
    const { phase, ordinal, transfer } = file;
    if (phase === "cancelled" && ordinal !== undefined && !this.core.lanes.send.isSending(file)) {
      this.enqueue(transfer, ordinal);
    }
  }

  isIdle(transfer: TransferJob): boolean {
    const { queue, inFlight } = this.recordOf(transfer);
    return !inFlight && queue.length === 0;
  }

  run(): void {
    for (const transfer of this.core.runningTransfers()) {
      const { queue, inFlight } = this.recordOf(transfer);
      if (!inFlight && queue.length > 0) void this.#cancel(transfer, queue.splice(0, MAX_CANCEL_FILES));
    }
  }

  async #cancel(transfer: TransferJob, ordinals: number[]): Promise<void> {
    const core = this.core;
    const record = this.recordOf(transfer);
    record.inFlight = true;
    try {
      await core.tools.protocol.cancel({ transferId: transfer.id, ordinals }, core.signal);
    } catch (thrown) {
      const refusal = core.haltUnlessRefused(transfer, thrown);
      if (refusal) core.setProblem(transfer, refusal);
      else record.queue.unshift(...ordinals);
    } finally {
      record.inFlight = false;
      core.wakeLanes();
    }
  }
}
