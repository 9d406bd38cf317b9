import { VisibleError } from "../kernel/errors.ts";
import { combineParts } from "./crc64nvme.ts";
import { asVisible } from "./errors.ts";
import {
  type FileJob,
  type PartJob,
  type Phase,
  partBytes,
  type TransferJob,
  type WritableFile,
  type WritableTransfer,
} from "./job.ts";
import { createLanes, type Lanes, runLanes } from "./lanes.ts";
import type { Tools } from "./tools.ts";

/** `onSealed` is called when something has ended that a person waits for. */
type CoreEvents = { onChange: () => void; onSealed: () => void };

/** Only `job.ts` makes files and transfers, and it makes them writable. */
const writable = (file: FileJob): WritableFile => file as WritableFile;
const writableTransfer = (transfer: TransferJob): WritableTransfer => transfer as WritableTransfer;

const assignFile = (file: FileJob, changes: Partial<WritableFile>) => Object.assign(file, changes);
const assignTransfer = (transfer: TransferJob, changes: Partial<WritableTransfer>) => Object.assign(transfer, changes);

/**
 * The state of all transfers. Only its methods move a file from one phase to another and count bytes. If the next step
 * is a lane's, they pass the file to it.
 */
export class Core {
  readonly tools: Tools;
  readonly transfers = new Map<string, TransferJob>();
  readonly lanes: Lanes;
  readonly #events: CoreEvents;
  readonly #closing = new AbortController();
  #paused = false;
  #lanesWaking = false;

  constructor(tools: Tools, events: CoreEvents) {
    this.tools = tools;
    this.#events = events;
    this.lanes = createLanes(this);
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Aborted when the engine is closed. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** Runs every lane soon, and once, so that it starts what it can start. */
  wakeLanes(): void {
    if (this.#lanesWaking || this.signal.aborted) return;
    this.#lanesWaking = true;
    queueMicrotask(() => {
      this.#lanesWaking = false;
      if (!this.signal.aborted) runLanes(this.lanes);
    });
  }

  /** Transfers whose work may continue. */
  runningTransfers(): TransferJob[] {
    return [...this.transfers.values()].filter((transfer) => !this.isStopped(transfer));
  }

  isStopped(transfer: TransferJob): boolean {
    return this.#paused || transfer.halted;
  }

  /** Says that the transfer has changed for its viewers. */
  changed(transfer: TransferJob): void {
    writableTransfer(transfer).version++;
    this.#events.onChange();
  }

  // Of files.

  /** Adds a file to its transfer: a new one, or one that was begun before. */
  addFile(file: FileJob): void {
    const transfer = writableTransfer(file.transfer);
    if (file.phase === "open" && transfer.phases.open === 0) this.lanes.sign.resetCalls(transfer);
    transfer.files.push(file);
    transfer.phases[file.phase]++;
    if (file.phase !== "cancelled") transfer.bytesTotal += file.size;
    if (file.phase === "ready") this.#addSent(file, file.size);
    if (file.phase === "open") this.#advance(file);
  }

  /** Passes an open file to the lanes that do its next steps. */
  #advance(file: FileJob): void {
    const { hash, reserve, sync } = this.lanes;
    if (file.ordinal === undefined) reserve.enqueue(file);
    if (file.ordinal !== undefined && file.plan.partCount > 1) sync.enqueue(file);
    else hash.enqueue(file);
  }

  #setPhase(file: FileJob, phase: Phase): void {
    const { phases } = writableTransfer(file.transfer);
    phases[file.phase]--;
    phases[phase]++;
    assignFile(file, { phase });
    this.changed(file.transfer);
  }

  #addSent(file: FileJob, bytes: number): void {
    writable(file).sent += bytes;
    writableTransfer(file.transfer).bytesSent += bytes;
    this.changed(file.transfer);
  }

  assignOrdinal(file: FileJob, ordinal: number): void {
    assignFile(file, { ordinal });
    this.tools.journalWriter.saveFile(file);
  }

  recordChecksum(file: FileJob, number: number, checksum: bigint): void {
    writable(file).checksums[number - 1] = checksum;
  }

  recordFingerprint(file: FileJob, fingerprint: string): void {
    assignFile(file, { fingerprint });
    this.tools.journalWriter.saveFile(file);
  }

  /** `loaded` bytes of the part have been sent in this attempt, 0 when it failed. Returns how many more than before. */
  recordProgress(part: PartJob, loaded: number): number {
    const { file, body } = part;
    const more = Math.min(loaded, body.size) - part.loaded;
    if (more === 0) return 0;
    const writablePart: { loaded: number } = part;
    writablePart.loaded += more;
    if (more > 0) file.transfer.meter.add(more, this.tools.runtime.now());
    this.#addSent(file, more);
    return more;
  }

  /** S3 has stored the part; all of its bytes are counted already. */
  markSent({ file, number }: PartJob): void {
    writable(file).stored.add(number);
  }

  /** S3 has the part with this file's bytes, so it need not be sent. */
  markStored(file: FileJob, number: number): void {
    const { stored, presumed } = writable(file);
    if (stored.has(number)) return;
    stored.add(number);
    if (!presumed.delete(number)) this.#addSent(file, partBytes(file, number));
  }

  /**
   * S3 has these parts and no others, but it is not proved that they are this file's. They show as sent until their
   * bytes are proved or sent again.
   */
  presume(file: FileJob, parts: ReadonlyMap<number, bigint | undefined>): void {
    const { stored, presumed } = writable(file);
    for (const number of presumed.keys()) {
      if (!parts.has(number) && presumed.delete(number)) this.#addSent(file, -partBytes(file, number));
    }
    for (const [number, checksum] of parts) {
      if (stored.has(number)) continue;
      if (!presumed.has(number)) this.#addSent(file, partBytes(file, number));
      presumed.set(number, checksum);
    }
  }

  /** open -> verifying, once S3 has every part. Returns whether it has. */
  verifyIfStored(file: FileJob): boolean {
    const { plan, size, stored } = file;
    if (stored.size < plan.partCount) return false;
    const checksums = file.checksums.filter((checksum) => checksum !== undefined);
    const lastSize = size - (plan.partCount - 1) * plan.partSize;
    writable(file).checksum ??= combineParts(checksums, plan.partSize, lastSize);
    this.#setPhase(file, "verifying");
    this.lanes.complete.enqueue(file);
    return true;
  }

  /** verifying or open -> ready: the app has the file. */
  markReady(file: FileJob): void {
    this.#addSent(file, file.size - file.sent);
    assignFile(file, { stored: new Set(), presumed: new Map(), checksums: [] });
    this.#setPhase(file, "ready");
  }

  /** ready -> verifying: the app does not have a file that it had confirmed. */
  verifyAgain(file: FileJob): void {
    this.#setPhase(file, "verifying");
    this.lanes.complete.enqueueChecked(file);
  }

  /** verifying or open -> open: S3 does not have what was expected, so it is asked what it has. */
  restart(file: FileJob): void {
    this.#invalidate(file);
    this.#forgetStored(file);
    if (file.phase !== "open") this.#setPhase(file, "open");
    this.lanes.hash.remove(file);
    this.lanes.sync.enqueue(file);
    this.wakeLanes();
  }

  /** missing -> open: its bytes were found. `checksumsHold`: the journal's checksums are those of these bytes. */
  supply(file: FileJob, blob: Blob, { checksumsHold }: { checksumsHold: boolean }): void {
    assignFile(file, checksumsHold ? { blob } : { blob, checksums: [] });
    this.#setPhase(file, "open");
    this.#advance(file);
    this.wakeLanes();
  }

  /** any phase -> failed. `needsNewOrdinal`: a retry needs a new reservation. */
  fail(file: FileJob, error: VisibleError, { needsNewOrdinal = true } = {}): void {
    if (file.phase === "failed" || file.phase === "cancelled") return;
    this.#invalidate(file);
    assignFile(file, { error, needsNewOrdinal });
    writableTransfer(file.transfer).bytesFailed += file.size - file.sent;
    this.#setPhase(file, "failed");
    this.wakeLanes();
  }

  failAll(transfer: TransferJob, error: VisibleError): void {
    for (const file of transfer.files) {
      if (file.phase === "open" || file.phase === "verifying" || file.phase === "missing") this.fail(file, error);
    }
  }

  /** failed -> open, missing (without bytes) or verifying (S3 has every part). */
  retry(file: FileJob): void {
    this.#clearError(file);
    this.#setPhase(file, file.blob ? "open" : "missing");
    if (!file.blob) return;
    const { cancel, hash, reserve, sync } = this.lanes;
    sync.resetResyncs(file);
    if (file.needsNewOrdinal || file.ordinal === undefined) {
      if (file.ordinal !== undefined) cancel.enqueue(file.transfer, file.ordinal);
      reserve.remove(file);
      this.#forgetStored(file);
      assignFile(file, { ordinal: undefined, checksums: [], fingerprint: undefined });
      this.#advance(file);
    } else if (!this.verifyIfStored(file)) hash.enqueue(file);
    this.wakeLanes();
  }

  /** any phase -> cancelled. */
  cancel(file: FileJob): void {
    if (file.phase === "cancelled") return;
    if (file.phase === "failed") this.#clearError(file);
    this.#invalidate(file);
    writableTransfer(file.transfer).bytesTotal -= file.size;
    this.#addSent(file, -file.sent);
    writable(file).presumed.clear();
    this.#setPhase(file, "cancelled");
    this.tools.journalWriter.saveFile(file);
    this.lanes.cancel.enqueueWhenIdle(file);
    this.wakeLanes();
  }

  #clearError(file: FileJob): void {
    writableTransfer(file.transfer).bytesFailed -= file.size - file.sent;
    assignFile(file, { error: undefined });
  }

  /** Drops everything that is known of what S3 has of the file. */
  #forgetStored(file: FileJob): void {
    this.#addSent(file, -file.sent);
    assignFile(file, { stored: new Set(), presumed: new Map(), checksum: undefined });
  }

  /** Makes running work on the file void. What S3 has of it stays counted. */
  #invalidate(file: FileJob): void {
    writable(file).generation++;
    this.lanes.sign.drop(file);
    this.lanes.send.drop(file);
  }

  // Of transfers.

  pause(): void {
    this.#paused = true;
    for (const transfer of this.transfers.values()) this.changed(transfer);
  }

  resume(): void {
    this.#paused = false;
    for (const transfer of this.transfers.values()) {
      assignTransfer(transfer, { halted: false, problem: undefined });
      transfer.meter.reset();
      this.changed(transfer);
    }
    this.tools.network.endWaits();
    this.wakeLanes();
  }

  /** Stops all work on this transfer until a person resumes it: the app can't be reached, or refuses this person. */
  #halt(transfer: TransferJob, problem: VisibleError): void {
    assignTransfer(transfer, { halted: true, problem });
    this.lanes.seal.reject(transfer, problem);
    this.changed(transfer);
  }

  /**
   * Returns the error of a call if the call itself was refused. If the sign-in has ended or the app can't answer, the
   * transfer is halted and the answer is undefined. After the engine was closed nothing happens, and the answer is
   * undefined.
   */
  haltUnlessRefused(transfer: TransferJob, thrown: unknown): VisibleError | undefined {
    if (this.signal.aborted) return undefined;
    const error = asVisible(thrown);
    if (error.status !== 401 && error.status !== 429 && error.status < 500) return error;
    this.#halt(transfer, error);
    return undefined;
  }

  /** Shows a problem of the transfer, which continues all the same; undefined removes it. */
  setProblem(transfer: TransferJob, problem: VisibleError | undefined): void {
    assignTransfer(transfer, { problem });
    this.changed(transfer);
  }

  setLock(transfer: TransferJob, release: () => void): void {
    assignTransfer(transfer, { releaseLock: release });
    if (transfer.sealed || this.signal.aborted) release();
  }

  /** Whether the transfer is to be sealed once every file is stored or cancelled. */
  requestSeal(transfer: TransferJob, requested = true): void {
    assignTransfer(transfer, { sealRequested: requested });
  }

  /** The transfer is sealed. */
  markSealed(transfer: TransferJob): void {
    assignTransfer(transfer, { sealed: true });
    this.tools.journalWriter.forget(transfer.id);
    transfer.releaseLock();
    this.lanes.seal.resolve(transfer);
    this.changed(transfer);
    this.#events.onSealed();
  }

  close(): void {
    this.#closing.abort();
    this.lanes.send.abortAll();
    this.tools.hasher.close();
    this.tools.network.close();
    const closed = new VisibleError("Closed", 499, "The upload was closed before its end.");
    for (const transfer of this.transfers.values()) {
      this.lanes.seal.reject(transfer, closed);
      transfer.releaseLock();
    }
    void this.tools.journalWriter.flush();
  }
}
