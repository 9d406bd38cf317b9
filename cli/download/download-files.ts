import type { Writable } from "node:stream";
import { asVisible } from "#lib/download-engine/errors.ts";
import type { Runtime } from "#lib/download-engine/runtime.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { closeIdleConnections } from "../platform/put.ts";
import { type Located, nodeRuntime, RangeReader } from "./range-reader.ts";
import { type Renamed, targetsOf } from "./targets.ts";
import { isFatal, WrittenFile } from "./written-file.ts";

/** A file to download. `size` in bytes, `lastModified` in milliseconds since 1970. */
export type RemoteFile = {
  /** With `/` between folders, as the sender named it. */
  path: string;
  size: number;
  lastModified?: number;
  /**
   * Where its bytes are: called when they are needed, and with `fresh` when S3 has refused the URL that was given before.
   * It is asked again after every error but a VisibleError whose status is below 500.
   * `crc64`: CRC64NVME of the whole in base64; without it only the length is checked.
   */
  locate(options: { fresh: boolean; signal: AbortSignal }): Promise<Located>;
};

export type DownloadProgress = { bytes: number; bytesTotal: number; files: number; filesTotal: number };

export type DownloadOptions = {
  files: readonly RemoteFile[];
  /** The folder to write into; made if it is not there. */
  into: string;
  /** Replaces files that are there and are not the same. */
  force?: boolean;
  /** Ends the download; a later call goes on from the ranges that have arrived. */
  signal?: AbortSignal;
  /** At most ten times per second, and at the end. */
  onProgress?(progress: DownloadProgress): void;
  /** Requests at a time. */
  connections?: number;
  /** Time and chance, for tests. */
  runtime?: Runtime;
};

/**
 * Paths as the sender named them. `written`, and `same` that were there already; `renamed` have another name on the disk,
 * which can't have theirs; `failed` with a sentence for a person.
 */
export type Downloaded = {
  written: string[];
  same: string[];
  renamed: Renamed[];
  failed: { path: string; code: string; message: string }[];
};

const CONNECTIONS = 10;
const PROGRESS_EVERY_MS = 100;

/**
 * Writes files into a folder: ranges of large files and many small files at a time. A file comes into being as
 * `NAME.part`, and gets its name when its checksum is right; ranges that an interrupted call has written are kept. A file
 * that fails does not stop the others. Rejects when nothing can be written any more (DiskFull, NotWritable), and with
 * the signal's reason.
 */
export async function downloadFiles(options: DownloadOptions): Promise<Downloaded> {
  const { files, into, force = false, signal = new AbortController().signal, connections = CONNECTIONS } = options;
  const stopping = new AbortController();
  const all = AbortSignal.any([signal, stopping.signal]);
  const { targets, renamed } = targetsOf(files, into);
  const result: Downloaded = { written: [], same: [], renamed, failed: [] };
  const progress = countProgress(options);
  const slots = new Slots(connections);

  async function download({ file, disk }: (typeof targets)[number]): Promise<void> {
    const reader = new RangeReader(file, { signal: all, runtime: options.runtime ?? nodeRuntime });
    const written = new WrittenFile(disk, file, { force, reader });
    try {
      if (await written.isSame()) {
        result.same.push(file.path);
        progress.add(file.size);
      } else {
        await written.write((work) => slots.use(work), progress.add);
        result.written.push(file.path);
      }
    } catch (error) {
      if (all.aborted) throw all.reason;
      if (isFatal(error)) throw error;
      const { code, message } = asVisible(error);
      result.failed.push({ path: file.path, code, message });
    } finally {
      progress.fileEnded();
    }
  }

  try {
    let failure: { error: unknown } | undefined;
    await mapConcurrently(targets, connections, async (target) => {
      if (all.aborted) return;
      await download(target).catch((error: unknown) => {
        failure ??= { error };
        stopping.abort(error);
      });
    });
    signal.throwIfAborted();
    if (failure) throw failure.error;
    return result;
  } finally {
    progress.end();
    closeIdleConnections();
  }
}

/**
 * Writes one file to a stream, such as the standard output, in order. Rejects with FileBroken after the last byte when the
 * checksum is not right: what was written must then not be used.
 */
export async function downloadToStream(
  file: RemoteFile,
  stream: Writable,
  options: Pick<DownloadOptions, "signal" | "onProgress" | "runtime"> = {},
): Promise<void> {
  const { signal = new AbortController().signal, runtime = nodeRuntime } = options;
  const progress = countProgress({ ...options, files: [file] });
  const reader = new RangeReader(file, { signal, runtime });
  try {
    await reader.readWhole(async (chunk) => {
      progress.add(chunk.length);
      if (stream.write(chunk)) return;
      await new Promise<void>((resolve, reject) => {
        const settle = (error?: Error) => {
          stream.off("drain", settle).off("error", settle).off("close", closed);
          if (error) reject(error);
          else resolve();
        };
        const closed = () => settle(new VisibleError("OutputClosed", 499, "What was written to is closed."));
        stream
          .once("drain", () => settle())
          .once("error", settle)
          .once("close", closed);
      });
    });
    progress.fileEnded();
  } finally {
    progress.end();
    closeIdleConnections();
  }
}

function countProgress({ files, onProgress }: Pick<DownloadOptions, "files" | "onProgress">) {
  const bytesTotal = files.reduce((sum, { size }) => sum + size, 0);
  const now: DownloadProgress = { bytes: 0, bytesTotal, files: 0, filesTotal: files.length };
  let timer: NodeJS.Timeout | undefined;
  const show = () => {
    clearTimeout(timer);
    timer = undefined;
    onProgress?.({ ...now });
  };
  const changed = () => {
    timer ??= setTimeout(show, PROGRESS_EVERY_MS);
  };
  return {
    add(bytes: number) {
      now.bytes += bytes;
      changed();
    },
    fileEnded() {
      now.files++;
      changed();
    },
    end: show,
  };
}

/** Lets at most so many pieces of work run at a time; the others wait in order. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async use<T>(work: () => Promise<T>): Promise<T> {
    await this.#take();
    try {
      return await work();
    } finally {
      this.#give();
    }
  }

  async #take(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
