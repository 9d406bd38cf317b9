import { attachment } from "../kernel/file-name.ts";
import { BUFFER_BYTES, Buffers } from "./buffers.ts";
import { makeCrc32, makeCrc64 } from "./checksums.ts";
import { asVisible } from "./errors.ts";
import { FilesReader } from "./files-reader.ts";
import type { ReadAheadOptions } from "./read-ahead.ts";
import type { Runtime } from "./runtime.ts";
import type { FromWorker, StreamEntry, StreamJob } from "./stream-protocol.ts";
import { writeZip, zipLength } from "./zip.ts";

const MIB = 1024 ** 2;
/** A file of this size uses the connections alone. */
const ALONE: ReadAheadOptions = { pieceBytes: 16 * MIB, windowBytes: 64 * MIB };

/** Smaller chunks are joined, because every chunk costs the browser the same. */
const SMALL = 16 * 1024;
/** Chunks that wait for the browser: fewer than the buffers that wait before they are reused. */
const WAITING = 512 * 1024;
const PROGRESS_MS = 250;

/**
 * The download as the browser receives it, with a known length. `tell` is called with its progress. `reuse`: the
 * browser copies each chunk before it requests many more.
 */
export async function openStream(
  job: StreamJob,
  runtime: Runtime,
  tell: (message: FromWorker) => void,
  { reuse = false } = {},
) {
  const { entries, kind, endpoint } = job;
  const [crc32, crc64] = await Promise.all([makeCrc32(), makeCrc64()]);
  const alone = kind === "file" ? ALONE : {};
  const reader = new FilesReader(entries, { endpoint, runtime, crc64, reuse, ...alone });
  const sized = entries.map((entry) => ({ ...entry, name: entry.path }));
  const total = kind === "zip" ? zipLength(sized) : (entries[0]?.size ?? 0);
  const state = { bytes: 0, files: 0, toldAt: 0 };
  const read = (index: number) => counted(reader, entries[index], state);
  const source = joined(reuse, kind === "zip" ? writeZip(sized, read, crc32) : read(0));
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await source.next();
          if (done) {
            if (state.bytes !== total) throw new RangeError("The download is not as long as was announced.");
            controller.close();
            tell({ type: "done", bytes: state.bytes });
            return;
          }
          state.bytes += value.length;
          controller.enqueue(value);
          if (runtime.now() - state.toldAt < PROGRESS_MS) return;
          state.toldAt = runtime.now();
          tell({ type: "progress", bytes: state.bytes, files: state.files });
        } catch (error) {
          reader.cancel(error);
          const { code, message } = asVisible(error);
          tell({ type: "failed", error: { code, message } });
          // The browser then shows a failed download instead of saving an incomplete zip.
          controller.error(error);
        }
      },
      cancel(reason) {
        reader.cancel(reason ?? new DOMException("The download was cancelled.", "AbortError"));
        tell({ type: "cancelled" });
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: WAITING }),
  );
  return { body, total, cancel: (reason: unknown) => reader.cancel(reason) };
}

async function* counted(reader: FilesReader, entry: StreamEntry | undefined, state: { files: number }) {
  if (!entry) throw new RangeError("There is no such entry.");
  yield* reader.read(entry);
  state.files++;
}

async function* joined(reuse: boolean, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const buffers = new Buffers();
  let buffer = new Uint8Array(buffers.take());
  let filled = 0;
  for await (const chunk of chunks) {
    if (filled > 0 && (chunk.length >= SMALL || filled + chunk.length > BUFFER_BYTES)) {
      yield buffer.subarray(0, filled);
      if (reuse) buffers.give(buffer);
      buffer = new Uint8Array(buffers.take());
      filled = 0;
    }
    if (chunk.length >= SMALL) {
      yield chunk;
    } else {
      buffer.set(chunk, filled);
      filled += chunk.length;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}

/** Headers that make a browser save a response and never display it. */
export function saveHeaders(name: string, length: number): Record<string, string> {
  return {
    "content-type": "application/octet-stream",
    "content-length": String(length),
    "content-disposition": attachment(name),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'",
  };
}
