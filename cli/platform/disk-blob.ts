import type { BigIntStats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";

/** A file on disk as it was when it was found. */
type DiskFile = { path: string; size: number; identity: string };

/** What changes when a file is written again or replaced: its length, its date, and its place on the disk. */
const identityOf = ({ size, mtimeNs, ino, dev }: BigIntStats): string => [size, mtimeNs, ino, dev].join(" ");

/** What `asFileChanged` of the upload engine takes for a file that was changed, moved or removed. */
const changed = (cause?: unknown): DOMException =>
  Object.assign(new DOMException("The file is not as it was when it was found.", "NotReadableError"), { cause });

const CHUNK_BYTES = 256 * 1024;

/**
 * Bytes `start` (included) to `end` (excluded) of a file on disk, which are read only when they are needed. The file is
 * opened for each read and checked before and after it: every way of reading rejects with NotReadableError when the file
 * was changed, moved or removed since it was found. Node's own `openAsBlob` reads a third as fast.
 */
export class DiskBlob implements Blob {
  readonly type = "";
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
  readonly #file: DiskFile;
  readonly #start: number;

  private constructor(file: DiskFile, lastModified: number, start: number, end: number) {
    this.#file = file;
    this.lastModified = lastModified;
    this.#start = start;
    this.size = end - start;
  }

  /** The whole file, links followed. Rejects with the system's error if there is none, or with EISDIR and the like. */
  static async find(path: string): Promise<DiskBlob> {
    const stats = await stat(path, { bigint: true });
    if (!stats.isFile()) throw Object.assign(new Error(`${path} is not a file.`), { code: "EISDIR" });
    const size = Number(stats.size);
    return new DiskBlob({ path, size, identity: identityOf(stats) }, Number(stats.mtimeMs), 0, size);
  }

  slice(start = 0, end = this.size): DiskBlob {
    const place = (at: number) => Math.min(this.size, Math.max(0, at < 0 ? this.size + at : at));
    const from = place(start);
    const to = Math.max(from, place(end));
    return new DiskBlob(this.#file, this.lastModified, this.#start + from, this.#start + to);
  }

  /**
   * The bytes in order, read into `buffers` in turn: a chunk is valid until as many others as there are buffers have been
   * requested.
   */
  async *chunks(buffers: readonly Uint8Array<ArrayBuffer>[]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const handle = await open(this.#file.path, "r").catch((error: unknown) => {
      throw changed(error);
    });
    try {
      await this.#requireSame(handle);
      const end = this.#start + this.size;
      for (let at = this.#start, turn = 0; at < end; turn++) {
        const buffer = buffers[turn % buffers.length] ?? new Uint8Array(CHUNK_BYTES);
        const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - at), at);
        if (bytesRead === 0) throw changed();
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      await this.#requireSame(handle);
    } catch (error) {
      throw error instanceof DOMException ? error : changed(error);
    } finally {
      await handle.close();
    }
  }

  async #requireSame(handle: FileHandle): Promise<void> {
    if (identityOf(await handle.stat({ bigint: true })) !== this.#file.identity) throw changed();
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(this.size);
    let at = 0;
    for await (const chunk of this.chunks([new Uint8Array(Math.min(CHUNK_BYTES, Math.max(1, this.size)))])) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  arrayBuffer = async (): Promise<ArrayBuffer> => (await this.bytes()).buffer;

  text = async (): Promise<string> => new TextDecoder().decode(await this.bytes());

  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const chunks = this.chunks([]);
    return new ReadableStream({
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => void chunks.return(undefined),
    });
  }
}

/** The bytes of any Blob in order; those of a file on disk are read into `buffers` in turn, as `chunks` does. */
export const chunksOf = (
  blob: Blob,
  buffers: readonly Uint8Array<ArrayBuffer>[],
): AsyncIterable<Uint8Array<ArrayBuffer>> => (blob instanceof DiskBlob ? blob.chunks(buffers) : blob.stream());
