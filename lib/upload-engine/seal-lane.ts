import type { VisibleError } from "../kernel/errors.ts";
import { FilesFailed } from "./errors.ts";
import type { FileJob, TransferJob } from "./job.ts";
import { Lane } from "./lane.ts";

class SealRecord {
  inFlight = false;
  /** Whether files that the app missed at the seal were completed again, which is tried once. */
  recompleted = false;
  readonly waiters: { resolve(): void; reject(error: VisibleError): void }[] = [];
}

/** Seals a transfer once it is requested, nothing is in flight any more and no file has failed. */
export class SealLane extends Lane<SealRecord> {
  protected readonly newRecord = () => new SealRecord();

  /** Resolves when the transfer is sealed; rejects when it can't be sealed, or not now. */
  wait(transfer: TransferJob): Promise<void> {
    return new Promise((resolve, reject) => this.recordOf(transfer).waiters.push({ resolve, reject }));
  }

  resolve(transfer: TransferJob): void {
    for (const waiter of this.recordOf(transfer).waiters.splice(0)) waiter.resolve();
  }

  reject(transfer: TransferJob, error: VisibleError): void {
    for (const waiter of this.recordOf(transfer).waiters.splice(0)) waiter.reject(error);
  }

  isSealing(transfer: TransferJob): boolean {
    return this.recordOf(transfer).inFlight;
  }

  /** Whether only these files must be completed, so that the same call may seal the transfer. */
  mayBeLast(transfer: TransferJob, files: FileJob[]): boolean {
    const { missing, open, verifying, failed } = transfer.phases;
    return (
      transfer.sealRequested && verifying === files.length && missing + open + failed === 0 && this.#isQuiet(transfer)
    );
  }

  /** Whether nothing is in flight that could add or remove a file. */
  #isQuiet(transfer: TransferJob): boolean {
    const { cancel, reserve, send } = this.core.lanes;
    return !reserve.hasBatch(transfer) && cancel.isIdle(transfer) && !send.isSending(transfer);
  }

  run(): void {
    for (const transfer of this.core.runningTransfers()) {
      const { inFlight, waiters } = this.recordOf(transfer);
      const { missing, open, verifying, failed, ready } = transfer.phases;
      if (!transfer.sealRequested || transfer.sealed || inFlight) continue;
      if (missing + open + verifying > 0 || !this.#isQuiet(transfer)) continue;
      if (failed > 0) this.reject(transfer, new FilesFailed(failed));
      else if (ready > 0 || waiters.length > 0) void this.#seal(transfer);
    }
  }

  async #seal(transfer: TransferJob): Promise<void> {
    const core = this.core;
    const record = this.recordOf(transfer);
    record.inFlight = true;
    core.changed(transfer);
    try {
      await core.tools.protocol.seal({ transferId: transfer.id }, core.signal);
      core.markSealed(transfer);
    } catch (thrown) {
      const refusal = core.haltUnlessRefused(transfer, thrown);
      if (refusal && !this.#completeMissing(transfer, refusal)) {
        core.requestSeal(transfer, false);
        core.setProblem(transfer, refusal);
        this.reject(transfer, refusal);
      }
    } finally {
      record.inFlight = false;
      core.changed(transfer);
      core.wakeLanes();
    }
  }

  /**
   * Completes files again that the app had confirmed and now misses. False if that was tried before, or does not apply.
   */
  #completeMissing(transfer: TransferJob, error: VisibleError): boolean {
    const record = this.recordOf(transfer);
    const ordinals = error.details?.ordinals;
    if (error.code !== "FilesMissing" || !Array.isArray(ordinals) || record.recompleted) return false;
    record.recompleted = true;
    const missing = new Set<unknown>(ordinals);
    const files = transfer.files.filter((file) => file.phase === "ready" && missing.has(file.ordinal));
    for (const file of files) this.core.verifyAgain(file);
    return files.length > 0;
  }
}
