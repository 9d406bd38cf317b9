import { BUFFER_BYTES, type Buffers } from "./buffers.ts";
import { DownloadRefused, FileBroken } from "./errors.ts";
import type { Grants } from "./grants.ts";
import { RetryPauses } from "./retry-pauses.ts";
import type { Runtime } from "./runtime.ts";

/** Bytes `from` (included) to `to` (excluded) of a file of `size` bytes. */
export type Piece = { ordinal: number; from: number; to: number; size: number };

/** Milliseconds without a byte after which a connection counts as dead. */
const STALL_MS = 30_000;
/** Smaller amounts are not worth a buffer of their own: a browser returns them in one chunk. */
const SMALL_PIECE = BUFFER_BYTES / 2;
/** How often S3 may refuse a URL before the download fails. */
const MAX_REFUSALS = 4;

export type PieceTools = { grants: Grants; runtime: Runtime; buffers: Buffers | undefined; stallMs?: number };

/** Fetches pieces of files. After an interruption it continues at the byte where it stopped. */
export class PieceFetcher {
  readonly #tools: PieceTools;
  /** The ETag of each file, so that a file is never assembled from two versions. */
  readonly #tags = new Map<number, string>();

  constructor(tools: PieceTools) {
    this.#tools = tools;
  }

  /**
   * Passes each chunk to `push` as it comes, every byte of the piece once and in order. The reader releases the chunks.
   */
  async fetch(piece: Piece, push: (chunk: Uint8Array) => void, signal: AbortSignal): Promise<void> {
    const { grants, runtime } = this.#tools;
    const patience = new RetryPauses(runtime);
    let at = piece.from;
    let refusals = 0;
    while (at < piece.to) {
      const url = await grants.urlOf(piece.ordinal, signal);
      // When a connection breaks, the bytes in its buffer are lost; after that every byte is passed on as it comes.
      const isSmall = piece.to - piece.from < SMALL_PIECE;
      const buffers = patience.tries === 0 && !isSmall ? this.#tools.buffers : undefined;
      try {
        await this.#attempt(url, { ...piece, from: at }, signal, buffers, (chunk) => {
          at += chunk.length;
          refusals = 0;
          patience.progress();
          push(chunk);
        });
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof FileBroken) throw error;
        if (error instanceof DownloadRefused) {
          if (++refusals >= MAX_REFUSALS) throw error;
          grants.expire(piece.ordinal);
        }
        await patience.pause(error, signal);
      }
    }
  }

  async #attempt(
    url: string,
    piece: Piece,
    signal: AbortSignal,
    buffers: Buffers | undefined,
    push: (chunk: Uint8Array) => void,
  ): Promise<void> {
    const attempt = new AbortController();
    const stop = () => attempt.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    let stalled = this.#stallTimer(attempt);
    try {
      const isWhole = piece.from === 0 && piece.to === piece.size;
      const answer = await this.#tools.runtime.fetch(url, {
        signal: attempt.signal,
        cache: "no-store",
        credentials: "omit",
        referrerPolicy: "no-referrer",
        // A whole file is requested without a range, because no browser sends a preflight to S3 then.
        ...(isWhole ? {} : { headers: { range: `bytes=${piece.from}-${piece.to - 1}` } }),
      });
      this.#check(answer, piece, isWhole);
      if (!answer.body) throw new Error("The answer has no body.");
      let at = piece.from;
      for await (const bytes of read(answer.body, buffers, push)) {
        clearTimeout(stalled);
        stalled = this.#stallTimer(attempt);
        at += bytes;
        if (at > piece.to) throw new FileBroken("A file is larger in the storage than was announced.");
      }
      if (at < piece.to) throw new Error("The answer ended too soon.");
    } finally {
      clearTimeout(stalled);
      signal.removeEventListener("abort", stop);
    }
  }

  #stallTimer(attempt: AbortController): ReturnType<typeof setTimeout> {
    const why = new DOMException("Nothing came for a while.", "TimeoutError");
    return setTimeout(() => attempt.abort(why), this.#tools.stallMs ?? STALL_MS);
  }

  #check(answer: Response, piece: Piece, isWhole: boolean): void {
    const { status } = answer;
    if (status !== 206 && !(status === 200 && isWhole)) {
      answer.body?.cancel().catch(() => undefined);
      if (status === 403 || status === 401) throw new DownloadRefused("AccessDenied", status, REFUSED);
      if (status === 200) throw new FileBroken("The storage does not answer parts of files.");
      if (status === 404 || status === 410) throw new FileBroken("A file is no longer there.");
      if (status === 416 || status === 412) throw new FileBroken("A file is not as large as was announced.");
      throw new Error(`S3 answered ${status}.`);
    }
    const tag = answer.headers.get("etag");
    if (tag === null) return;
    const known = this.#tags.get(piece.ordinal);
    if (known !== undefined && known !== tag) throw new FileBroken("A file was replaced during the download.");
    this.#tags.set(piece.ordinal, tag);
  }
}

const REFUSED = "The storage refused the download. Open the link again.";

/** Yields the number of bytes each time that some arrive, and pushes them when a buffer is full or all have arrived. */
async function* read(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  buffers: Buffers | undefined,
  push: (chunk: Uint8Array) => void,
): AsyncGenerator<number> {
  const reader = buffers && byteReaderOf(body);
  if (!reader) {
    yield* readChunks(body, push);
    return;
  }
  let buffer = buffers.take();
  let filled = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(buffer, filled));
      if (value) buffer = value.buffer;
      if (done) break;
      filled += value.length;
      yield value.length;
      if (filled < BUFFER_BYTES) continue;
      push(new Uint8Array(buffer));
      buffer = buffers.take();
      filled = 0;
    }
    if (filled > BUFFER_BYTES / 2) {
      push(new Uint8Array(buffer, 0, filled));
    } else {
      // Small amounts are not worth a buffer of their own.
      if (filled > 0) push(new Uint8Array(buffer, 0, filled).slice());
      buffers.give(new Uint8Array(buffer));
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function* readChunks(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  push: (chunk: Uint8Array) => void,
): AsyncGenerator<number> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value.length;
      if (value.length > 0) push(value);
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

function byteReaderOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    // Older browsers can't read into a buffer and return their own chunks.
    return undefined;
  }
}
