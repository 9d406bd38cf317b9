import { Buffers } from "./buffers.ts";
import type { Crc64 } from "./checksums.ts";
import { FileBroken } from "./errors.ts";
import { PieceFetcher } from "./fetch-piece.ts";
import { type DownloadFile, Grants } from "./grants.ts";
import { ReadAhead, type ReadAheadOptions } from "./read-ahead.ts";
import type { Runtime } from "./runtime.ts";

export type FilesReaderOptions = Omit<ReadAheadOptions, "onRead"> & {
  /** The URL for grants. */
  endpoint: string;
  runtime: Runtime;
  crc64: Crc64;
  /** Releases a chunk's memory, some time after the reader has requested the next one. */
  reuse?: boolean;
  stallMs?: number;
};

/** Reads the files of a transfer in the given order. Each file is complete and verified, or the read fails. */
export class FilesReader {
  readonly #grants: Grants;
  readonly #ahead: ReadAhead;
  readonly #crc64: Crc64;

  constructor(
    files: readonly DownloadFile[],
    { endpoint, runtime, crc64, reuse, stallMs, ...ahead }: FilesReaderOptions,
  ) {
    this.#grants = new Grants(endpoint, files, runtime);
    const buffers = reuse ? new Buffers() : undefined;
    const fetcher = new PieceFetcher({ grants: this.#grants, runtime, buffers, ...(stallMs ? { stallMs } : {}) });
    this.#ahead = new ReadAhead(files, (piece, push, signal) => fetcher.fetch(piece, push, signal), {
      ...ahead,
      onRead: (chunk) => buffers?.give(chunk),
    });
    this.#crc64 = crc64;
  }

  /** Throws FileBroken after the last byte when the checksum of the whole is not the one that S3 confirmed. */
  async *read(file: DownloadFile): AsyncGenerator<Uint8Array> {
    this.#crc64.begin();
    for await (const chunk of this.#ahead.read(file)) {
      this.#crc64.update(chunk);
      yield chunk;
    }
    const promised = this.#grants.crcOf(file.ordinal);
    this.#grants.finish(file.ordinal);
    if (promised === undefined || file.size === 0 || this.#crc64.end() === promised) return;
    const broken = new FileBroken("What arrived is not what was sent: the checksums differ. Download it again.");
    this.cancel(broken);
    throw broken;
  }

  cancel(reason?: unknown): void {
    this.#ahead.cancel(reason);
  }
}
