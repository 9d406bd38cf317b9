import { type ByteSource, windowed } from "./source.ts";
import type { Cursor } from "./tar.ts";

const WINDOW_BYTES = 256 * 1024;

/** Over a file in ranges: what is skipped is not read. */
export function rangeCursor(source: ByteSource): Cursor {
  const readAt = windowed(source, WINDOW_BYTES);
  let at = 0;
  return {
    async take(length) {
      const piece = Math.min(length, source.size - at);
      if (piece <= 0) return new Uint8Array();
      const bytes = await readAt(at, piece);
      at += piece;
      return bytes;
    },
    async skip(length) {
      at += length;
      return at <= source.size;
    },
  };
}

/** Over a stream: what is skipped is thrown away as it comes. */
export function streamCursor(chunks: AsyncIterable<Uint8Array>): Cursor {
  const iterator = chunks[Symbol.asyncIterator]();
  let held = new Uint8Array();
  const more = async () => {
    const { done, value } = await iterator.next();
    if (done) return false;
    held = held.length === 0 ? new Uint8Array(value) : new Uint8Array(Buffer.concat([held, value]));
    return true;
  };
  return {
    async take(length) {
      while (held.length < length && (await more()));
      const bytes = held.subarray(0, length);
      held = held.subarray(bytes.length);
      return bytes;
    },
    async skip(length) {
      let left = length;
      for (;;) {
        const piece = Math.min(left, held.length);
        held = held.subarray(piece);
        left -= piece;
        if (left === 0) return true;
        if (!(await more())) return false;
      }
    },
  };
}
