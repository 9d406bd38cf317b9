import type { ByteSource } from "../source.ts";

/** A source over bytes in memory, which counts what was read of it. Throws when a range is not within the file. */
export function memorySource(bytes: Uint8Array): ByteSource & { readBytes: number; reads: number } {
  const source = {
    size: bytes.length,
    readBytes: 0,
    reads: 0,
    async read(start: number, end: number) {
      if (!(start >= 0 && start < end && end <= bytes.length)) throw new RangeError(`read ${start} to ${end}`);
      source.reads++;
      source.readBytes += end - start;
      return bytes.slice(start, end);
    },
    async *stream(start = 0, end = bytes.length) {
      for (let at = start; at < end; at += 65_536) {
        const chunk = bytes.slice(at, Math.min(end, at + 65_536));
        source.readBytes += chunk.length;
        yield chunk;
      }
    },
  };
  return source;
}

/** A source of any size of which most is the same byte: `at` gives what lies where. */
export function sparseSource(size: number, pieces: { at: number; bytes: Uint8Array }[], fill = 0): ByteSource {
  const read = (start: number, end: number) => {
    const out = new Uint8Array(end - start).fill(fill);
    for (const { at, bytes } of pieces) {
      const from = Math.max(start, at);
      const to = Math.min(end, at + bytes.length);
      if (from < to) out.set(bytes.subarray(from - at, to - at), from - start);
    }
    return out;
  };
  return {
    size,
    read: async (start, end) => {
      if (!(start >= 0 && start < end && end <= size)) throw new RangeError(`read ${start} to ${end}`);
      return read(start, end);
    },
    async *stream(start = 0, end = size) {
      for (let at = start; at < end; at += 65_536) yield read(at, Math.min(end, at + 65_536));
    },
  };
}
