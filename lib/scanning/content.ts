import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/** Bytes to scan: a file, or an entry of an archive. Ends are exclusive. */
export type Content = {
  /** Reads from the start; may be called several times. */
  open(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Reads any range of it; absent if it is available as a stream only. */
  ranges?: Ranges;
};

export type Ranges = {
  size: number;
  read(start: number, end: number): Promise<Uint8Array>;
  stream(start: number, end: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
};

export const contentOf = (ranges: Ranges): Content & { ranges: Ranges } => ({
  open: (signal) => (ranges.size === 0 ? nothing() : ranges.stream(0, ranges.size, signal)),
  ranges,
});

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** A range of something larger, as content of its own. */
export const partOf = (ranges: Ranges, start: number, end: number): Content =>
  contentOf({
    size: end - start,
    read: (from, to) => ranges.read(start + from, start + to),
    stream: (from, to, signal) => ranges.stream(start + from, start + to, signal),
  });

/** A file on this machine's disk. */
export function diskRanges(path: string, size: number): Ranges {
  async function* stream(start: number, end: number, signal: AbortSignal) {
    const handle = await open(path);
    yield* handle.createReadStream({ start, end: end - 1, signal, highWaterMark: 256 * 1024 });
  }
  return {
    size,
    stream,
    async read(start, end) {
      const handle = await open(path);
      try {
        const bytes = Buffer.alloc(end - start);
        let at = 0;
        while (at < bytes.length) {
          const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
          if (bytesRead === 0) throw new Error("A file that was unpacked has become shorter.");
          at += bytesRead;
        }
        return bytes;
      } finally {
        await handle.close();
      }
    },
  };
}

/** Writes the first `most` bytes of a stream to disk, and reads it to its end. Returns its length. */
export async function writeDown(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  most: number,
  signal: AbortSignal,
): Promise<number> {
  let size = 0;
  const counted = async function* () {
    for await (const chunk of chunks) {
      const room = most - size;
      size += chunk.length;
      if (room > 0) yield chunk.subarray(0, room);
    }
  };
  await pipeline(counted, createWriteStream(path, { mode: 0o600 }), { signal });
  return size;
}

/** Reads small ranges out of larger ones, so that a directory with many entries needs few requests. */
export function pieces(ranges: Ranges, windowBytes = 1024 ** 2): (start: number, end: number) => Promise<Buffer> {
  let from = 0;
  let held: Uint8Array = new Uint8Array();
  return async (start, end) => {
    if (start < from || end > from + held.length) {
      held = await ranges.read(start, Math.min(ranges.size, Math.max(end, start + windowBytes)));
      from = start;
    }
    return Buffer.from(held.buffer, held.byteOffset + start - from, end - start);
  };
}
