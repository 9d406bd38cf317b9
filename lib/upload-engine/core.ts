import { VisibleError } from "../kernel/errors.ts";
import type { ConcurrencyLimit } from "./concurrency-limit.ts";
import { combineParts } from "./crc64nvme.ts";
import { asVisible, FilesFailed } from "./errors.ts";
import type { Hasher } from "./hasher.ts";
import type { FileJob, PartJob, Phase, TransferJob } from "./job.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { Locks } from "./locks.ts";
import type { Network } from "./network.ts";
import { partRange } from "./plan.ts";
import type { Prehash } from "./prehash.ts";
import type { UploadProtocol } from "./protocol.ts";
import type { PutPart } from "./put.ts";
import type { Runtime } from "./runtime.ts";
import type { Situation } from "./snapshot.ts";
import { requireUnchanged } from "./unchanged.ts";
import { MEASURE_EVERY_MS, Uplink } from "./uplink.ts";

/** What the engine works with. */
export type Tools = {
  runtime: Runtime;
  network: Network;
  protocol: UploadProtocol;
  hasher: Hasher;
  /** What was hashed before it was added. */
  prehash: Prehash;
  put: PutPart;
  journalWriter: JournalWriter;
  locks: Locks;
  /** Whether the browser reads a file that has changed since it was picked without a word. */
  changesAreSilent: boolean;
  concurrencyLimit: ConcurrencyLimit;
  /** Parts that may be under way at this moment; asked before each is started. */
  concurrency: () => number;
};

/**
 * Whether S3 can't have all of the part, or stores nothing by it: then its connection may be cut. A single PUT of which
 * all has left, or of which we don't know, may be stored without our hearing of it, so its answer is waited for.
 */
const isCutOff = ({ file, loaded, body }: PartJob): boolean =>
  file.plan.partCount > 1 || (loaded > 0 && loaded < body.size);

/** A part on its way, and what calls it off. */
export type Active = { part: PartJob; controller: AbortController };

/** The state that all lanes share, and the only code that moves a file from one phase to another. */
export class Core {
  readonly tools: Tools;
  readonly transfers = new Map<string, TransferJob>();
  readonly active = new Set<Active>();
  readonly #ended = new AbortController();
  readonly #lanes: ((core: Core) => void)[];
  readonly #onChange: () => void;
  readonly #onEnd: () => void;
  #pumping = false;
  /** What the line to S3 carries, which says how much may be under way. */
  readonly uplink = new Uplink();
  #lookingAtLine = false;
  paused = false;
  hashing = 0;

  constructor(tools: Tools, lanes: ((core: Core) => void)[], told: { onChange: () => void; onEnd: () => void }) {
    this.tools = tools;
    this.#lanes = lanes;
    this.#onChange = told.onChange;
    this.#onEnd = told.onEnd;
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Looks, soon and once, at everything that could be started now. */
  pump(): void {
    if (this.#pumping || this.ended.aborted) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      if (this.ended.aborted) return;
      for (const lane of this.#lanes) lane(this);
    });
  }

  /** Transfers whose work may go on. */
  running(): TransferJob[] {
    return this.paused ? [] : [...this.transfers.values()].filter((transfer) => !transfer.halted);
  }

  /** Bytes of the parts under way. */
  underWay(): number {
    let bytes = 0;
    for (const { part } of this.active) bytes += part.body.size;
    return bytes;
  }

  /** A part is on its way. */
  begin(entry: Active): void {
    if (this.active.size === 0) this.uplink.restart(this.tools.runtime.now());
    this.active.add(entry);
    this.#lookAtLine();
  }

  /** While parts are under way it is looked, once a second, whether they are too many for the line. */
  #lookAtLine(): void {
    if (this.#lookingAtLine) return;
    this.#lookingAtLine = true;
    this.tools.runtime.after(MEASURE_EVERY_MS, () => {
      this.#lookingAtLine = false;
      if (this.active.size === 0 || this.ended.aborted) return;
      this.uplink.measure(this.underWay(), this.tools.runtime.now());
      if (!this.paused) this.#callOff();
      this.pump();
      this.#lookAtLine();
    });
  }

  /** Of parts that are too many for the line those are called off, to go later, of which the least has left. */
  #callOff(): void {
    let underWay = this.underWay();
    const youngest = [...this.active].sort((a, b) => a.part.loaded - b.part.loaded);
    for (const { part, controller } of youngest.slice(0, -1)) {
      if (!this.uplink.isOverloaded(underWay) || part.loaded > part.body.size / 4) return;
      if (!isCutOff(part)) continue;
      controller.abort();
      underWay -= part.body.size;
    }
  }

  situation(transfer: TransferJob): Situation {
    const { network, runtime } = this.tools;
    return {
      stopped: this.paused || transfer.halted,
      sending: [...this.active].some(({ part }) => part.file.transfer === transfer),
      networkDown: network.isDown || network.isOffline,
      stalled: network.isStalled && !network.isOffline,
      now: runtime.now(),
    };
  }

  changed(transfer: TransferJob): void {
    transfer.version++;
    this.#onChange();
  }

  /** The transfer has all that it will ever have. */
  sealed(transfer: TransferJob): void {
    transfer.sealed = true;
    this.tools.journalWriter.forget(transfer);
    transfer.release();
    for (const waiter of transfer.sealWaiters.splice(0)) waiter.resolve();
    this.changed(transfer);
    this.#onEnd();
  }

  enter(file: FileJob, phase: Phase): void {
    file.transfer.phases[file.phase]--;
    file.transfer.phases[phase]++;
    file.phase = phase;
    this.changed(file.transfer);
  }

  /** Bytes of the part that are on their way in this attempt; goes back when the attempt fails. */
  progress(part: PartJob, loaded: number): void {
    const { file } = part;
    const delta = Math.min(loaded, part.body.size) - part.loaded;
    if (delta === 0) return;
    part.loaded += delta;
    file.sent += delta;
    file.transfer.bytesSent += delta;
    if (delta > 0) {
      const now = this.tools.runtime.now();
      file.transfer.meter.add(delta, now);
      this.uplink.addBytes(delta, now);
    }
    this.changed(file.transfer);
  }

  /** S3 has the part, as its own bytes: it need not be sent. */
  have(file: FileJob, number: number): void {
    if (file.stored.has(number)) return;
    file.stored.add(number);
    if (!file.presumed.delete(number)) this.#count(file, number, 1);
  }

  /** S3 is said to have the part: it is shown as sent already, until its bytes are proved or sent again. */
  presume(file: FileJob, number: number): void {
    if (file.stored.has(number) || file.presumed.has(number)) return;
    file.presumed.add(number);
    this.#count(file, number, 1);
  }

  /** Of what was presumed only `parts` are still believed. */
  presumeOnly(file: FileJob, parts: ReadonlySet<number>): void {
    for (const number of file.presumed) {
      if (parts.has(number)) continue;
      file.presumed.delete(number);
      this.#count(file, number, -1);
    }
  }

  #count(file: FileJob, number: number, sign: 1 | -1): void {
    const { start, end } = partRange(file.plan, file.size, number);
    file.sent += sign * (end - start);
    file.transfer.bytesSent += sign * (end - start);
    this.changed(file.transfer);
  }

  /** Every part is there: the app may make a file of them. */
  verify(file: FileJob): void {
    const { partSize, partCount } = file.plan;
    const crcs = file.crcs.filter((crc) => crc !== undefined);
    file.crc ??= combineParts(crcs, partSize, file.size - (partCount - 1) * partSize);
    this.enter(file, "verifying");
    if (file.blob && partCount > 1) void this.#complete(file, file.blob);
    else file.transfer.toComplete.push(file);
  }

  /** A file of many parts is looked at once more, before the app makes a file of what was sent. */
  async #complete(file: FileJob, blob: Blob): Promise<void> {
    const { generation, path, fingerprint } = file;
    const isCurrent = () => file.generation === generation && file.phase === "verifying" && !this.ended.aborted;
    try {
      await requireUnchanged(this.tools, { blob, path, fingerprint });
      if (isCurrent()) file.transfer.toComplete.push(file);
    } catch (error) {
      if (isCurrent()) this.fail(file, asVisible(error));
    }
    this.pump();
  }

  /** Nothing is known any more of what S3 has of the file. */
  forgetSent(file: FileJob): void {
    file.transfer.bytesSent -= file.sent;
    file.sent = 0;
    file.stored = new Set();
    file.presumed = new Set();
    file.held = new Map();
    file.crc = undefined;
  }

  /** Makes all work under way on the file void; what S3 has of it stays counted. */
  void(file: FileJob): void {
    for (const { part, controller } of this.active) {
      if (part.file !== file) continue;
      const cut = isCutOff(part);
      this.progress(part, 0);
      if (cut) controller.abort();
    }
    file.generation++;
    file.waiting = 0;
  }

  /** `startAfresh`: another try needs a new reservation. */
  fail(file: FileJob, error: VisibleError, { startAfresh = true } = {}): void {
    if (file.phase === "failed" || file.phase === "cancelled") return;
    this.void(file);
    file.error = error;
    file.startAfresh = startAfresh;
    file.transfer.bytesStuck += file.size - file.sent;
    this.enter(file, "failed");
    this.pump();
  }

  failAll(transfer: TransferJob, error: VisibleError): void {
    for (const file of transfer.files) {
      if (file.phase === "open" || file.phase === "verifying" || file.phase === "missing") this.fail(file, error);
    }
  }

  /** Nothing more is tried for this transfer until a person says so: the app can't be reached, or knows them no more. */
  halt(transfer: TransferJob, error: VisibleError): void {
    transfer.halted = true;
    transfer.problem = error;
    this.rejectSeal(transfer, error);
    this.changed(transfer);
  }

  rejectSeal(transfer: TransferJob, error: VisibleError): void {
    for (const waiter of transfer.sealWaiters.splice(0)) waiter.reject(error);
  }

  /** Sorts the error of a call: true when it was no fault of the files and the transfer now waits. */
  haltOn(transfer: TransferJob, thrown: unknown): VisibleError | undefined {
    if (this.ended.aborted) return undefined;
    const error = asVisible(thrown);
    if (error.status !== 401 && error.status !== 429 && error.status < 500) return error;
    this.halt(transfer, error);
    return undefined;
  }

  close(): void {
    this.#ended.abort();
    for (const { controller } of this.active) controller.abort();
    this.tools.hasher.close();
    this.tools.network.close();
    const closed = new VisibleError("Closed", 499, "The upload was closed before its end.");
    for (const transfer of this.transfers.values()) {
      this.rejectSeal(transfer, closed);
      transfer.release();
    }
    void this.tools.journalWriter.flush();
  }

  /** Tells who waits for the seal that it can't come while files are failed. */
  reportFailures(transfer: TransferJob): void {
    if (transfer.sealWaiters.length > 0) this.rejectSeal(transfer, new FilesFailed(transfer.phases.failed));
  }
}
