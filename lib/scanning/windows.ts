/**
 * Divides a stream, which is read once, into overlapping windows, so that everything up to the length of the overlap is
 * whole in one of them. Only the overlap is kept in memory.
 */
export type Window = AsyncGenerator<Uint8Array>;

export type Windows = {
  /** The next window, or undefined after the last one. Each must be read to its end before the next is requested. */
  next(): Promise<Window | undefined>;
};

export function windowsOf(chunks: AsyncIterable<Uint8Array>, windowBytes: number, overlapBytes: number): Windows {
  if (!(overlapBytes >= 0 && overlapBytes < windowBytes)) throw new RangeError("A window is longer than its overlap.");
  const iterator = chunks[Symbol.asyncIterator]();
  /** Bytes that were read and are not in any window yet. */
  let ahead: Uint8Array = new Uint8Array();
  let tail: Uint8Array[] = [];
  let held = 0;
  let first = true;
  const fill = async (): Promise<boolean> => {
    while (ahead.length === 0) {
      const { done, value } = await iterator.next();
      if (done) return false;
      ahead = value;
    }
    return true;
  };
  const remember = (chunk: Uint8Array) => {
    if (overlapBytes === 0) return;
    tail.push(chunk);
    held += chunk.length;
    while (tail[0] && held - tail[0].length >= overlapBytes) held -= (tail.shift() as Uint8Array).length;
  };
  async function* window(): Window {
    let left = windowBytes;
    if (!first) {
      const again = Buffer.concat(tail).subarray(-overlapBytes || held);
      tail = [again];
      held = again.length;
      left -= again.length;
      yield again;
    }
    first = false;
    while (left > 0 && (await fill())) {
      const piece = ahead.subarray(0, left);
      ahead = ahead.subarray(piece.length);
      left -= piece.length;
      remember(piece);
      yield piece;
    }
  }
  return {
    // There is a first window even if there are no bytes.
    next: async () => (first || (await fill()) ? window() : undefined),
  };
}
