import { makeCrc64 } from "./checksums.ts";
import { FilesReader } from "./files-reader.ts";
import type { ReadAheadOptions } from "./read-ahead.ts";
import { browserRuntime, type Runtime } from "./runtime.ts";
import type { StreamEntry } from "./stream-protocol.ts";

const MIB = 1024 ** 2;

/** What a picked file can be written through: a FileSystemWritableFileStream, or a test's own. */
export type Sink = {
  write(chunk: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  abort(reason?: unknown): Promise<void>;
};

export type RangedOptions = Omit<ReadAheadOptions, "onRead"> & {
  /** Where grants are asked for. */
  endpoint: string;
  signal?: AbortSignal;
  onProgress?: (bytes: number) => void;
  runtime?: Runtime;
  stallMs?: number;
};

/**
 * Downloads one large file by ranges in parallel, and writes it in order: signed afresh when its URL expires, gone on
 * with at the byte where it broke, checked in length and CRC64NVME before the sink is closed. Otherwise it is aborted.
 */
export async function downloadRanged(file: StreamEntry, sink: Sink, options: RangedOptions): Promise<void> {
  const { endpoint, signal, onProgress, runtime = browserRuntime, ...rest } = options;
  const crc64 = await makeCrc64();
  const ahead = { pieceBytes: 16 * MIB, windowBytes: 64 * MIB, ...rest };
  const reader = new FilesReader([file], { endpoint, runtime, crc64, reuse: true, ...ahead });
  const stop = () => reader.cancel(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    signal?.throwIfAborted();
    let bytes = 0;
    for await (const chunk of reader.read(file)) {
      // Guarantee: the bodies of answers are never in shared memory.
      await sink.write(chunk as Uint8Array<ArrayBuffer>);
      bytes += chunk.length;
      onProgress?.(bytes);
    }
    await sink.close();
  } catch (error) {
    reader.cancel(error);
    await sink.abort(error).catch(() => undefined);
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
