import { crcFromHex } from "./crc64nvme.ts";
import { FileChanged } from "./errors.ts";
import type { HashAnswer, HashRequest } from "./hasher.worker.ts";

export type Hasher = {
  /** How many Blobs can usefully be hashed at a time. */
  readonly concurrency: number;
  /**
   * CRC64NVME of a slice of the file `path`, or of several, one after another. Rejects with FileChanged when its bytes
   * can't be read any more.
   */
  hash(bytes: Blob | readonly Blob[], path: string): Promise<bigint>;
  /** Reads the file to its end. Rejects with FileChanged when its length has changed. */
  checkLength(blob: Blob, path: string): Promise<void>;
  /** Starts in advance what the first checksum would otherwise have to wait for. */
  prepare(): void;
  close(): void;
};

/** Names of the errors for reading a file that was changed, moved or removed after it was picked. */
const CHANGED_FILE_ERRORS = new Set(["NotReadableError", "NotFoundError", "RangeError"]);

/** A read error as a person should see it. */
export function asFileChanged(error: unknown, path: string): unknown {
  return error instanceof Error && CHANGED_FILE_ERRORS.has(error.name) ? new FileChanged(path, error) : error;
}

/** Hashes in one or two workers of a browser, made when first needed, or in the caller's own thread (Node). */
export function createHasher(): Hasher {
  if (typeof Worker === "undefined")
    return {
      concurrency: 2,
      hash: hashInThread,
      checkLength: checkLengthInThread,
      prepare: () => undefined,
      close: () => undefined,
    };
  const concurrency = (navigator.hardwareConcurrency ?? 1) > 3 ? 2 : 1;
  const workers: HashWorker[] = [];
  const start = (): HashWorker => {
    const worker = new HashWorker((broken) => workers.splice(workers.indexOf(broken), 1));
    workers.push(worker);
    return worker;
  };
  const leastBusy = (): HashWorker => {
    const found = workers.reduce<HashWorker | undefined>((a, b) => (a && a.load <= b.load ? a : b), undefined);
    return !found || (found.load > 0 && workers.length < concurrency) ? start() : found;
  };
  return {
    concurrency,
    hash: (bytes, path) => leastBusy().hash(joined(bytes), path),
    async checkLength(blob, path) {
      await leastBusy().hash(blob, path, { lengthOnly: true });
    },
    prepare() {
      if (workers.length === 0)
        void start()
          .hash(new Blob(), "")
          .catch(() => undefined);
    },
    close() {
      for (const worker of workers.splice(0)) worker.close();
    },
  };
}

/** In a browser a Blob of slices reads nothing until it is read. */
const joined = (bytes: Blob | readonly Blob[]): Blob => (bytes instanceof Blob ? bytes : new Blob([...bytes]));

async function hashInThread(bytes: Blob | readonly Blob[], path: string): Promise<bigint> {
  const { crcOfBlob } = await import("./hash-blob.ts");
  try {
    return await crcOfBlob(joined(bytes));
  } catch (error) {
    throw asFileChanged(error, path);
  }
}

async function checkLengthInThread(blob: Blob, path: string): Promise<void> {
  const { requireLength } = await import("./hash-blob.ts");
  try {
    await requireLength(blob);
  } catch (error) {
    throw asFileChanged(error, path);
  }
}

type Pending = { path: string; resolve(crc: bigint): void; reject(error: unknown): void };

class HashWorker {
  readonly #worker = new Worker(new URL("./hasher.worker.ts", import.meta.url), { type: "module" });
  readonly #pending = new Map<number, Pending>();
  #last = 0;

  constructor(onBroken: (worker: HashWorker) => void) {
    this.#worker.onmessage = ({ data }: MessageEvent<HashAnswer>) => this.#settle(data);
    this.#worker.onerror = (event) => {
      onBroken(this);
      this.#fail(new Error(event.message || "The worker that computes checksums could not be started."));
    };
  }

  get load(): number {
    return this.#pending.size;
  }

  hash(blob: Blob, path: string, { lengthOnly = false } = {}): Promise<bigint> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { path, resolve, reject });
      this.#worker.postMessage({ id, blob, lengthOnly } satisfies HashRequest);
    });
  }

  close(): void {
    this.#fail(new DOMException("The upload was closed.", "AbortError"));
  }

  #settle(answer: HashAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ("crc" in answer) {
      pending?.resolve(crcFromHex(answer.crc));
      return;
    }
    const error = new Error(answer.errorMessage);
    error.name = answer.errorName;
    pending?.reject(asFileChanged(error, pending.path));
  }

  #fail(error: Error): void {
    this.#worker.terminate();
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}
