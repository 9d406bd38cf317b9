/**
 * Cuts a stream that is read once into windows that overlap, so that whatever is no longer than the overlap lies whole
 * in one of them. Held in memory is the overlap alone.
 */
export type Window = AsyncGenerator<Uint8Array>;

export type Windows = {
  /** The next window, or undefined when the last one had the end. Read each to its end before asking for another. */
  next(): Promise<Window | undefined>;
};

export function windowsOf(chunks: AsyncIterable<Uint8Array>, windowBytes: number, overlapBytes: number): Windows {
  if (!(overlapBytes >= 0 && overlapBytes < windowBytes)) throw new RangeError("A window is longer than its overlap.");
  const iterator = chunks[Symbol.asyncIterator]();
  /** Read, and not yet shown in any window. */
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
    // The first is there also where there is no byte.
    next: async () => (first || (await fill()) ? window() : undefined),
  };
}
