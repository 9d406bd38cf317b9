import { writev } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Sink } from "./body.ts";

const BATCH_BYTES = 1024 * 1024;
const HIGH_WATER_BYTES = 4 * BATCH_BYTES;

/**
 * Gathers chunks and writes them a megabyte at a time with one system call, without copying; a few chunks are in
 * flight.
 */
export class FileSink implements Sink {
  readonly #file: FileHandle;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #pendingBytes = 0;
  #position = 0;
  #writing = false;
  #failure: Error | undefined;
  #resume: (() => void) | undefined;
  #finished: { resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  write(chunk: Buffer): boolean {
    if (this.#failure) throw this.#failure;
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    this.#pendingBytes += chunk.length;
    if (this.#gatheredBytes >= BATCH_BYTES) this.#flush();
    return this.#pendingBytes < HIGH_WATER_BYTES;
  }

  onDrain(resume: () => void): void {
    this.#resume = resume;
  }

  async finish(): Promise<void> {
    await this.#settled();
    if (this.#failure) throw this.#failure;
  }

  /** Waits for the current write, so that the file may be closed. */
  async abandon(): Promise<void> {
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#failure ??= new Error("the body was given up");
    if (this.#writing) await new Promise<void>((resolve) => (this.#finished = { resolve, reject: () => resolve() }));
  }

  #settled(): Promise<void> {
    if (!this.#writing && this.#gatheredBytes === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#finished = { resolve, reject };
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#writing || this.#gatheredBytes === 0) return;
    const batch = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#writing = true;
    this.#writeAll(batch);
  }

  #writeAll(batch: Buffer[]): void {
    writev(this.#file.fd, batch, this.#position, (error, written) => {
      this.#position += written ?? 0;
      this.#pendingBytes -= written ?? 0;
      if (!error) {
        const left = without(batch, written);
        if (left.length > 0) return this.#writeAll(left);
      }
      this.#writing = false;
      if (error) this.#failure ??= error;
      this.#afterWrite();
    });
  }

  #afterWrite(): void {
    if (this.#failure) this.#finished?.reject(this.#failure);
    else if (this.#gatheredBytes >= BATCH_BYTES || (this.#finished && this.#gatheredBytes > 0)) this.#flush();
    else this.#finished?.resolve();
    if (this.#resume && (this.#failure || this.#pendingBytes < HIGH_WATER_BYTES / 2)) {
      const resume = this.#resume;
      this.#resume = undefined;
      resume();
    }
  }
}

/** The buffers after their first `count` bytes. */
function without(buffers: Buffer[], count: number): Buffer[] {
  let left = count;
  let index = 0;
  for (let buffer = buffers[index]; buffer && buffer.length <= left; buffer = buffers[index]) {
    left -= buffer.length;
    index += 1;
  }
  const rest = buffers.slice(index);
  if (left > 0 && rest[0]) rest[0] = rest[0].subarray(left);
  return rest;
}
