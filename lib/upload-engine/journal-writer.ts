import { crcToHex } from "./crc64nvme.ts";
import type { FileJob, TransferJob } from "./job.ts";
import { FILES_PER_CHUNK, type Journal, type JournalChanges, type KeptFile, type KeptPart } from "./journal.ts";
import type { Runtime } from "./runtime.ts";

/** Changes are gathered for this long. What a crash loses of them is still known to S3 and the app. */
const WRITE_DELAY_MS = 200;

/** Writes changes to the journal, a few times per second. Without a journal nothing is stored. */
export class JournalWriter {
  readonly #journal: Journal | undefined;
  readonly #runtime: Runtime;
  readonly #transfers = new Set<TransferJob>();
  readonly #chunks = new Map<TransferJob, Set<number>>();
  #parts: KeptPart[] = [];
  #forget = new Set<string>();
  #isScheduled = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(journal: Journal | undefined, runtime: Runtime) {
    this.#journal = journal;
    this.#runtime = runtime;
  }

  saveTransfer(transfer: TransferJob): void {
    this.#transfers.add(transfer);
    this.#schedule();
  }

  saveFile(file: FileJob): void {
    const chunks = this.#chunks.get(file.transfer) ?? new Set();
    chunks.add(Math.floor(file.index / FILES_PER_CHUNK));
    this.#chunks.set(file.transfer, chunks);
    this.#schedule();
  }

  savePart({ transfer, index }: FileJob, part: number, crc: bigint): void {
    this.#parts.push({ transferId: transfer.id, file: index, part, crc: crcToHex(crc) });
    this.#schedule();
  }

  /** Deletes a transfer that is finished or given up. */
  forget(transferId: string): void {
    for (const transfer of [...this.#transfers, ...this.#chunks.keys()]) {
      if (transfer.id !== transferId) continue;
      this.#transfers.delete(transfer);
      this.#chunks.delete(transfer);
    }
    this.#parts = this.#parts.filter((part) => part.transferId !== transferId);
    this.#forget.add(transferId);
    this.#schedule();
  }

  /** Writes at once; resolves when everything is stored, or can't be. */
  flush(): Promise<void> {
    this.#isScheduled = false;
    const changes: JournalChanges = {
      forget: [...this.#forget],
      transfers: [...this.#transfers].map(({ id, about, sealRequested, files, bytesTotal, startedAt }) => ({
        id,
        about,
        sealWhenDone: sealRequested,
        files: files.length,
        bytes: bytesTotal,
        beganAt: startedAt,
      })),
      chunks: [...this.#chunks].flatMap(([transfer, chunks]) =>
        [...chunks].map((chunk) => ({ transferId: transfer.id, chunk, files: chunkOf(transfer, chunk) })),
      ),
      parts: this.#parts,
    };
    this.#forget = new Set();
    this.#transfers.clear();
    this.#chunks.clear();
    this.#parts = [];
    // One write after another, so that an older state never overwrites a newer one. A browser whose journal fails still
    // sends.
    this.#writing = this.#writing.then(() => this.#journal?.write(changes)).catch(() => undefined);
    return this.#writing;
  }

  #schedule(): void {
    if (this.#isScheduled || !this.#journal) return;
    this.#isScheduled = true;
    this.#runtime.after(WRITE_DELAY_MS, () => {
      if (this.#isScheduled) void this.flush();
    });
  }
}

const chunkOf = (transfer: TransferJob, chunk: number): KeptFile[] =>
  transfer.files.slice(chunk * FILES_PER_CHUNK, (chunk + 1) * FILES_PER_CHUNK).map(journaledFile);

function journaledFile({ path, size, reservation, ordinal, fingerprint, origin, phase }: FileJob): KeptFile {
  return {
    path,
    size,
    type: reservation.type,
    partSize: reservation.partSize,
    ...(reservation.lastModified === undefined ? {} : { lastModified: reservation.lastModified }),
    ...(ordinal === undefined ? {} : { ordinal }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(origin ? { origin } : {}),
    ...(phase === "cancelled" ? { cancelled: true } : {}),
  };
}
