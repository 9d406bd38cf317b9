import type { Piece } from "./fetch-piece.ts";
import type { DownloadFile } from "./grants.ts";

export type ReadAheadOptions = {
  /** Pieces requested at a time: browsers open six connections to a host, and one is left for others. */
  connections?: number;
  /** Bytes that are in memory or requested at a time. */
  windowBytes?: number;
  /** The most bytes of one request. */
  pieceBytes?: number;
  /** Releases a chunk, which is valid until the next one is requested. */
  onRead?: (chunk: Uint8Array) => void;
};

const MIB = 1024 ** 2;
const DEFAULTS = { connections: 5, windowBytes: 24 * MIB, pieceBytes: 8 * MIB, onRead: () => undefined };

/** `left`: bytes of it that were not read yet. */
type Loading = { piece: Piece; left: number; chunks: Uint8Array[]; error: unknown; wake: () => void };

/**
 * Reads files one after another while the next pieces are already requested, small files as a whole and large ones by
 * ranges, in constant memory. Files must be read in the given order, each of them once.
 */
export class ReadAhead {
  readonly #pieces: Iterator<Piece>;
  readonly #load: (piece: Piece, push: (chunk: Uint8Array) => void, signal: AbortSignal) => Promise<void>;
  readonly #options: Required<ReadAheadOptions>;
  readonly #abort = new AbortController();
  readonly #queue: Loading[] = [];
  #next: Piece | undefined;
  #held = 0;
  #underWay = 0;
  /** Ends the wait for a connection. */
  #wake: () => void = () => undefined;

  constructor(
    files: readonly DownloadFile[],
    load: (piece: Piece, push: (chunk: Uint8Array) => void, signal: AbortSignal) => Promise<void>,
    options: ReadAheadOptions = {},
  ) {
    this.#options = { ...DEFAULTS, ...options };
    this.#pieces = piecesOf(files, this.#options.pieceBytes);
    this.#load = load;
    this.#next = this.#pieces.next().value;
  }

  /** The bytes of the next file. Leaving the loop early, or an error, ends everything. */
  async *read(file: DownloadFile): AsyncGenerator<Uint8Array> {
    let left = file.size;
    let error: unknown;
    try {
      while (left > 0) {
        this.#abort.signal.throwIfAborted();
        this.#fill();
        const [first] = this.#queue;
        // A connection will be free in a moment.
        if (!first && this.#underWay > 0) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          continue;
        }
        if (first?.piece.ordinal !== file.ordinal) throw new Error("Files are read in their order.");
        const chunk = first.chunks.shift();
        if (chunk) {
          left -= chunk.length;
          first.left -= chunk.length;
          if (first.left === 0) this.#queue.shift();
          this.#held -= chunk.length;
          yield chunk;
          this.#options.onRead(chunk);
        } else if (first.error !== undefined) {
          throw first.error;
        } else {
          await new Promise<void>((resolve) => {
            first.wake = resolve;
          });
        }
      }
    } catch (caught) {
      error = caught;
      throw caught;
    } finally {
      if (left > 0 || error !== undefined) this.cancel(error);
    }
  }

  cancel(reason?: unknown): void {
    this.#abort.abort(reason);
    this.#next = undefined;
    for (const loading of this.#queue) {
      loading.chunks.length = 0;
      loading.wake();
    }
  }

  #fill(): void {
    const { connections, windowBytes } = this.#options;
    while (this.#next && this.#underWay < connections) {
      const bytes = this.#next.to - this.#next.from;
      if (this.#held > 0 && this.#held + bytes > windowBytes) return;
      this.#begin(this.#next);
      this.#next = this.#pieces.next().value;
    }
  }

  #begin(piece: Piece): void {
    const left = piece.to - piece.from;
    const loading: Loading = { piece, left, chunks: [], error: undefined, wake: () => undefined };
    this.#queue.push(loading);
    this.#held += left;
    this.#underWay++;
    const push = (chunk: Uint8Array) => {
      loading.chunks.push(chunk);
      loading.wake();
    };
    void this.#load(piece, push, this.#abort.signal)
      .catch((error: unknown) => {
        loading.error = error ?? new Error("A piece failed.");
      })
      .then(() => {
        this.#underWay--;
        loading.wake();
        if (loading.error === undefined) this.#fill();
        this.#wake();
      });
  }
}

function* piecesOf(files: readonly DownloadFile[], pieceBytes: number): Generator<Piece, undefined> {
  for (const { ordinal, size } of files) {
    for (let from = 0; from < size; from += pieceBytes) {
      yield { ordinal, from, to: Math.min(from + pieceBytes, size), size };
    }
  }
  return undefined;
}
