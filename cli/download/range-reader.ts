import type { IncomingMessage } from "node:http";
import { DownloadRefused, FileBroken } from "#lib/download-engine/errors.ts";
import { RetryPauses } from "#lib/download-engine/retry-pauses.ts";
import type { Runtime } from "#lib/download-engine/runtime.ts";
import { VisibleError } from "#lib/kernel/errors.ts";
import { Crc64 } from "#lib/upload-engine/crc64-lanes.ts";
import { crcToBase64 } from "#lib/upload-engine/crc64nvme.ts";
import { requestStorage } from "../platform/put.ts";

/** Where a file is: a presigned URL, and the CRC64NVME of the whole in base64 where S3 has it. */
export type Located = { url: string; crc64?: string };

type Locatable = { size: number; locate(options: { fresh: boolean; signal: AbortSignal }): Promise<Located> };

/** Milliseconds without a byte after which a connection counts as dead. */
const STALL_MS = 30_000;
/** How often S3 may refuse a URL before the file fails. */
const MAX_REFUSALS = 4;

export const nodeRuntime: Runtime = {
  fetch: (input, init) => fetch(input, init),
  now: () => performance.now(),
  random: () => Math.random(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal?.addEventListener("abort", finish, { once: true });
    }),
};

/** Takes a chunk, which is its own until it resolves: the next one waits for that. */
type Push = (chunk: Uint8Array) => Promise<void>;

/** Reads ranges of one file from S3. After an interruption it continues at the byte where it stopped. */
export class RangeReader {
  readonly #file: Locatable;
  readonly #signal: AbortSignal;
  readonly #runtime: Runtime;
  #located: Promise<Located> | undefined;
  /** The ETag of the first answer, so that a file is never put together from two versions. */
  #tag: string | undefined;

  constructor(file: Locatable, { signal, runtime }: { signal: AbortSignal; runtime: Runtime }) {
    this.#file = file;
    this.#signal = signal;
    this.#runtime = runtime;
  }

  /** CRC64NVME of the whole in base64, if S3 has it. */
  async checksum(): Promise<string | undefined> {
    return (await this.#locate()).crc64;
  }

  /**
   * Passes on bytes `from` (included) to `to` (excluded), each once and in order. Rejects with FileBroken when the file is
   * not what was announced, DownloadRefused, DownloadLost after ten minutes without a byte, and the signal's reason.
   */
  async read(from: number, to: number, push: Push): Promise<void> {
    const patience = new RetryPauses(this.#runtime);
    let at = from;
    let refusals = 0;
    while (at < to) {
      this.#signal.throwIfAborted();
      const located = this.#locate();
      const { url } = await located;
      try {
        await this.#attempt(url, at, to, async (chunk) => {
          await push(chunk);
          at += chunk.length;
          refusals = 0;
          patience.progress();
        });
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!(error instanceof Interrupted)) throw error;
        if (error.cause instanceof DownloadRefused) {
          if (++refusals >= MAX_REFUSALS) throw error.cause;
          // Only once for all ranges that were refused together.
          if (this.#located === located) this.#located = this.#ask({ fresh: true });
        }
        await patience.pause(error.cause, this.#signal);
      }
    }
  }

  /** Passes on all bytes in order, and rejects with FileBroken at the end when the checksum is not right. */
  async readWhole(push: Push): Promise<void> {
    const crc = new Crc64();
    await this.read(0, this.#file.size, async (chunk) => {
      crc.update(chunk);
      await push(chunk);
    });
    await this.requireChecksum(crc.digest());
  }

  async requireChecksum(crc: bigint): Promise<void> {
    if (this.#file.size === 0) return;
    const promised = await this.checksum();
    if (promised !== undefined && promised !== crcToBase64(crc))
      throw new FileBroken("What arrived is not what was sent: the checksums differ. Download it again.");
  }

  #locate(): Promise<Located> {
    this.#located ??= this.#ask({ fresh: false });
    return this.#located;
  }

  /** Asks again while there is no answer or a server's error. */
  async #ask({ fresh }: { fresh: boolean }): Promise<Located> {
    for (const patience = new RetryPauses(this.#runtime); ; ) {
      try {
        return await this.#file.locate({ fresh, signal: this.#signal });
      } catch (error) {
        this.#signal.throwIfAborted();
        if (error instanceof VisibleError && error.status < 500) throw error;
        await patience.pause(error, this.#signal);
      }
    }
  }

  /** Rejects with Interrupted when another attempt may succeed. */
  async #attempt(url: string, from: number, to: number, push: Push): Promise<void> {
    const answer = await this.#request(url, from, to);
    const chunks = answer.iterator({ destroyOnReturn: true });
    let at = from;
    try {
      for (;;) {
        const { done, value } = await this.#withinStall(chunks.next());
        if (done) break;
        // Guarantee: without an encoding Node's streams of bytes give Buffers.
        const chunk = value as Buffer;
        at += chunk.length;
        if (at > to) throw new FileBroken("A file is larger in the storage than was announced.");
        await push(chunk);
      }
    } finally {
      if (!answer.complete) answer.destroy();
    }
    if (at < to) throw new Interrupted(new Error("The answer ended too soon."));
  }

  async #withinStall<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const stalled = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("Nothing came for a while.")), STALL_MS);
    });
    try {
      return await Promise.race([work, stalled]);
    } catch (cause) {
      throw new Interrupted(cause);
    } finally {
      clearTimeout(timer);
    }
  }

  async #request(url: string, from: number, to: number): Promise<IncomingMessage> {
    const isWhole = from === 0 && to === this.#file.size;
    const headers: Record<string, string> = isWhole ? {} : { range: `bytes=${from}-${to - 1}` };
    const request = requestStorage(url, { method: "GET", headers });
    const stop = () => request.destroy();
    this.#signal.addEventListener("abort", stop, { once: true });
    request.once("close", () => this.#signal.removeEventListener("abort", stop));
    const answer = await this.#withinStall(
      new Promise<IncomingMessage>((resolve, reject) => {
        request.on("response", resolve).on("error", reject).end();
      }),
    ).catch((error: unknown) => {
      request.destroy();
      throw error;
    });
    try {
      this.#check(answer, isWhole);
    } catch (error) {
      answer.destroy();
      throw error;
    }
    return answer;
  }

  #check({ statusCode: status = 0, headers: { etag } }: IncomingMessage, isWhole: boolean): void {
    if (status !== 206 && !(status === 200 && isWhole)) {
      if (status === 403 || status === 401) throw new Interrupted(new DownloadRefused("AccessDenied", status, REFUSED));
      if (status === 200) throw new FileBroken("The storage does not answer parts of files.");
      if (status === 404 || status === 410) throw new FileBroken("A file is no longer there.");
      if (status === 416 || status === 412) throw new FileBroken("A file is not as large as was announced.");
      throw new Interrupted(new Error(`S3 answered ${status}.`));
    }
    if (etag === undefined) return;
    if (this.#tag !== undefined && this.#tag !== etag) throw new FileBroken("A file was replaced during the download.");
    this.#tag = etag;
  }
}

const REFUSED = "The storage refused the download. Open the link again.";

/** An attempt that may be repeated; `cause` says why it ended. */
class Interrupted extends Error {
  constructor(cause: unknown) {
    super("The download was interrupted.", { cause });
  }
}
