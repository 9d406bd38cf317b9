import { hasArrived } from "../kernel/file-states.ts";
import { MAX_COMPLETE_FILES } from "./batches.ts";
import { crcToBase64 } from "./crc64nvme.ts";
import { asVisible, ProtocolError } from "./errors.ts";
import type { FileJob, TransferJob } from "./job.ts";
import { Lane } from "./lane.ts";
import { requireUnchanged } from "./unchanged.ts";

/** How long a finished file waits for others that can be completed in the same call, in milliseconds. */
const GATHER_MS = 400;
/** Two, so that a file of thousands of parts does not delay small ones. */
const MAX_CALLS_IN_FLIGHT = 2;

/** The app's errors when S3 does not have everything that was sent: S3 is then asked again what it has. */
const INCOMPLETE_CODES = new Set(["PartsMissing", "NotUploaded"]);

class CompleteRecord {
  queue: FileJob[] = [];
  callsInFlight = 0;
  isGathering = false;
  /** The oldest file in the queue has waited long enough for others. */
  isDue = false;
}

/** Has the app complete finished files, many in one call, while others are still being sent. */
export class CompleteLane extends Lane<CompleteRecord> {
  protected readonly newRecord = () => new CompleteRecord();

  /**
   * Completes a file. One of many parts is first checked for changes, because completing makes a file of what was sent.
   */
  enqueue(file: FileJob): void {
    if (file.blob && file.plan.partCount > 1) void this.#check(file, file.blob);
    else this.enqueueChecked(file);
  }

  enqueueChecked(file: FileJob): void {
    this.recordOf(file.transfer).queue.push(file);
  }

  async #check(file: FileJob, blob: Blob): Promise<void> {
    const core = this.core;
    const { generation, path, fingerprint } = file;
    const isCurrent = () => file.generation === generation && file.phase === "verifying" && !core.signal.aborted;
    try {
      await requireUnchanged(core.tools, { blob, path, fingerprint });
      if (isCurrent()) this.enqueueChecked(file);
    } catch (error) {
      if (isCurrent()) core.fail(file, asVisible(error));
    }
    core.wakeLanes();
  }

  run(): void {
    for (const transfer of this.core.runningTransfers()) {
      const record = this.recordOf(transfer);
      record.queue = record.queue.filter((file) => file.phase === "verifying");
      if (record.queue.length === 0 || record.callsInFlight >= MAX_CALLS_IN_FLIGHT) continue;
      if (record.queue.length < MAX_COMPLETE_FILES && transfer.phases.open > 0 && !record.isDue) {
        this.#gather(record);
        continue;
      }
      record.isDue = false;
      void this.#complete(transfer, record, record.queue.splice(0, MAX_COMPLETE_FILES));
    }
  }

  #gather(record: CompleteRecord): void {
    if (record.isGathering) return;
    record.isGathering = true;
    this.core.tools.runtime.after(GATHER_MS, () => {
      record.isGathering = false;
      record.isDue = true;
      this.core.wakeLanes();
    });
  }

  async #complete(transfer: TransferJob, record: CompleteRecord, files: FileJob[]): Promise<void> {
    const core = this.core;
    record.callsInFlight++;
    const generations = files.map((file) => file.generation);
    const isCurrent = (file: FileJob, index: number) =>
      file.generation === generations[index] && file.phase === "verifying";
    const claims = files.flatMap(({ ordinal, checksum }) =>
      ordinal === undefined || checksum === undefined ? [] : [{ ordinal, crc64: crcToBase64(checksum) }],
    );
    try {
      const seal = core.lanes.seal.mayBeLast(transfer, files);
      const answer = await core.tools.protocol.complete({ transferId: transfer.id, files: claims, seal }, core.signal);
      const results = new Map(answer.files.map((file) => [file.ordinal, file]));
      for (const [index, file] of files.entries()) {
        if (!isCurrent(file, index)) continue;
        const result = file.ordinal === undefined ? undefined : results.get(file.ordinal);
        if (hasArrived(result?.state) && !result?.error) core.markReady(file);
        else if (!INCOMPLETE_CODES.has(result?.error?.code ?? "") || !core.lanes.sync.resync(file)) {
          core.fail(file, asFailure(result?.error));
        }
      }
      if (answer.sealed) core.markSealed(transfer);
    } catch (thrown) {
      const refusal = core.haltUnlessRefused(transfer, thrown);
      const current = files.filter(isCurrent);
      if (refusal) for (const file of current) core.fail(file, refusal);
      else record.queue.unshift(...current);
    } finally {
      record.callsInFlight--;
      core.wakeLanes();
    }
  }
}

const asFailure = (error: { code: string; message: string } | undefined): ProtocolError =>
  new ProtocolError(
    error?.code ?? "NotStored",
    409,
    error?.message ?? "The storage did not keep this file. Send it again.",
  );
