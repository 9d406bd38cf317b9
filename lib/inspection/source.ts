import type { FileFacts } from "../files/file.schema.ts";
import type { FileKind } from "../kernel/file-kind.ts";
import type { Deadline } from "./deadline.ts";
import { Unpreviewable } from "./unpreviewable.ts";

/** Bytes of a file that lies elsewhere. Ends are exclusive, and a range within the file is answered whole. */
export type ByteSource = {
  /** In bytes. */
  size: number;
  read(start: number, end: number): Promise<Uint8Array>;
  stream(start?: number, end?: number): AsyncIterable<Uint8Array>;
};

/** What was made of a file for showing it; `width` and `height` in pixels. */
export type MadeRendition = { name: string; type: string; body: Uint8Array; width?: number; height?: number };

/**
 * `notice` is one sentence for a person: what is missing, and why. `is`: what a look inside has shown the file to be,
 * where its first bytes say otherwise.
 */
export type Made = {
  renditions: MadeRendition[];
  facts: FileFacts;
  notice?: string;
  is?: { type: string; kind: FileKind };
};

/** How a maker is called: its limits, where they are not the default, and what ends it early. */
export type Options<Limits> = { limits?: Partial<Limits>; signal?: AbortSignal | undefined };

export type ReadAt = (start: number, length: number) => Promise<Uint8Array>;

/** The first bytes, `length` at most. */
export function readHead(source: ByteSource, length: number): Promise<Uint8Array> {
  return source.size === 0 ? Promise.resolve(new Uint8Array()) : source.read(0, Math.min(length, source.size));
}

/**
 * Reads small pieces out of windows of `windowBytes`, so that a directory of a thousand entries costs a few requests.
 * Throws RangeError for what lies outside the file.
 */
export function windowed(source: ByteSource, windowBytes: number): ReadAt {
  let from = 0;
  let held = new Uint8Array();
  return async (start, length) => {
    const end = start + length;
    if (!(start >= 0 && end <= source.size)) throw new RangeError(`${start} to ${end} is not within ${source.size}`);
    if (start < from || end > from + held.length) {
      held = new Uint8Array(await source.read(start, Math.min(source.size, Math.max(end, start + windowBytes))));
      from = start;
    }
    return held.subarray(start - from, end - from);
  };
}

/**
 * The same source, of which no more than `bytes` are read in all: then it throws Unpreviewable with the sentence. A read
 * that takes longer than the deadline is given up.
 */
export function withReadLimit(source: ByteSource, bytes: number, sentence: string, until: Deadline): ByteSource {
  let left = bytes;
  const spend = (length: number) => {
    until.check();
    left -= length;
    if (left < 0) throw new Unpreviewable(sentence);
  };
  return {
    size: source.size,
    read(start, end) {
      spend(end - start);
      return until.race(source.read(start, end));
    },
    async *stream(start, end) {
      const chunks = source.stream(start, end)[Symbol.asyncIterator]();
      try {
        for (;;) {
          const { done, value } = await until.race(chunks.next());
          if (done) return;
          spend(value.length);
          yield value;
        }
      } finally {
        // Not waited for: one that is silent would not answer this either.
        chunks.return?.().catch(() => undefined);
      }
    },
  };
}
