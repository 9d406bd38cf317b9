import type { VisibleError } from "../kernel/errors.ts";
import type { SignOutput } from "../uploads/upload-protocol.schema.ts";
import { signCount } from "./batches.ts";
import { crcToBase64 } from "./crc64nvme.ts";
import { type FileJob, isStale, type PartJob, type TransferJob } from "./job.ts";
import { Lane } from "./lane.ts";

class SignRecord {
  queue: PartJob[] = [];
  inFlight = false;
  /** Calls since files were added to a transfer that had nothing to send. */
  calls = 0;
  /** Lifetime of a signature in seconds. */
  expiresIn = 900;
}

/** Has hashed parts signed, just in time and many at once. */
export class SignLane extends Lane<SignRecord> {
  protected readonly newRecord = () => new SignRecord();

  queued(transfer: TransferJob): readonly PartJob[] {
    return this.recordOf(transfer).queue;
  }

  enqueue(part: PartJob): void {
    this.recordOf(part.file.transfer).queue.push(part);
  }

  /** Parts that were not signed, or whose signatures have expired, come first. */
  requeue(transfer: TransferJob, parts: readonly PartJob[]): void {
    this.recordOf(transfer).queue.unshift(...parts.filter((part) => !isStale(part)));
  }

  drop(file: FileJob): void {
    const record = this.recordOf(file.transfer);
    record.queue = record.queue.filter((part) => part.file !== file);
  }

  /** There was nothing to send, so the next calls are small again. */
  resetCalls(transfer: TransferJob): void {
    this.recordOf(transfer).calls = 0;
  }

  /** Removes the first parts of these files from the queue, at most `most`, because another call signs them. */
  takeOf(transfer: TransferJob, files: readonly FileJob[], most: number): PartJob[] {
    const record = this.recordOf(transfer);
    const wanted = new Set(files);
    return take(record, record.queue.filter((part) => wanted.has(part.file)).slice(0, most));
  }

  /** Passes signed parts on to be sent; the answer is in their order. */
  accept(transfer: TransferJob, parts: readonly PartJob[], answer: SignOutput): void {
    const at = this.core.tools.runtime.now();
    this.recordOf(transfer).expiresIn = answer.expiresIn;
    for (const [index, part] of parts.entries()) {
      const signature = answer.signatures[index];
      if (signature === undefined || isStale(part)) continue;
      part.signed = { answer, signature, at };
      this.core.lanes.send.enqueue(part);
    }
  }

  run(): void {
    const { lanes, tools } = this.core;
    for (const transfer of this.core.runningTransfers()) {
      const record = this.recordOf(transfer);
      if (record.inFlight) continue;
      const waiting = record.queue.filter((part) => part.file.ordinal !== undefined);
      const count = signCount({
        waiting: waiting.map((part) => part.body.size),
        moreComing: lanes.hash.hasMore(transfer),
        ready: lanes.send.queued(transfer).length,
        connections: tools.concurrency(),
        calls: record.calls,
        speed: transfer.meter.speed(tools.runtime.now()),
        expiresIn: record.expiresIn,
      });
      if (count > 0) void this.#sign(transfer, record, take(record, waiting.slice(0, count)));
    }
  }

  async #sign(transfer: TransferJob, record: SignRecord, taken: PartJob[]): Promise<void> {
    const core = this.core;
    record.inFlight = true;
    const parts = taken.flatMap(({ file, number, checksum }) =>
      file.ordinal === undefined ? [] : [{ ordinal: file.ordinal, part: number, crc64: crcToBase64(checksum) }],
    );
    try {
      this.accept(transfer, taken, await core.tools.protocol.sign({ transferId: transfer.id, parts }, core.signal));
    } catch (thrown) {
      const refusal = core.haltUnlessRefused(transfer, thrown);
      if (refusal) this.#failRefused(transfer, taken, refusal);
      this.requeue(transfer, taken);
    } finally {
      record.inFlight = false;
      core.wakeLanes();
    }
  }

  /** Fails the file that the error names; or all files, if the transfer is closed; or else the files of these parts. */
  #failRefused(transfer: TransferJob, parts: PartJob[], error: VisibleError): void {
    const files = new Set(parts.map((part) => part.file));
    const named = [...files].find((file) => file.ordinal === error.details?.ordinal);
    if (named) this.core.fail(named, error);
    else if (error.code.startsWith("Transfer") || error.status === 403 || error.status === 410)
      this.core.failAll(transfer, error);
    else for (const file of files) this.core.fail(file, error);
  }
}

/** Removes parts from the queue for one call. */
function take(record: SignRecord, parts: PartJob[]): PartJob[] {
  const taken = new Set(parts);
  record.queue = record.queue.filter((part) => !taken.has(part));
  if (parts.length > 0) record.calls++;
  return parts;
}

/** The URL of a signed part and its headers, built as the protocol says. */
export function signedRequest(part: PartJob): { url: string; headers: Record<string, string> } | undefined {
  const { signed, file } = part;
  if (!signed || file.ordinal === undefined) return undefined;
  const { answer, signature } = signed;
  const uploadId = answer.uploadIds[file.ordinal];
  const shape = uploadId === undefined ? answer.single : answer.multipart;
  const which = uploadId === undefined ? "" : `&partNumber=${part.number}&uploadId=${encodeURIComponent(uploadId)}`;
  return {
    url: `${answer.origin}${answer.prefix}${file.ordinal}?${answer.query}&${shape.query}${which}&X-Amz-Signature=${signature}`,
    headers: { ...shape.headers, "x-amz-checksum-crc64nvme": crcToBase64(part.checksum) },
  };
}

/** Whether the signature is valid for another minute, or is in the first half of a shorter lifetime. */
export function isFresh(part: PartJob, now: number): boolean {
  if (!part.signed) return false;
  const { answer, at } = part.signed;
  return now - at < Math.max(answer.expiresIn - 60, answer.expiresIn / 2) * 1000;
}
