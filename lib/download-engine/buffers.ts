/** Bytes of a buffer: a browser does not return much more at a time. */
export const BUFFER_BYTES = 64 * 1024;
/** Released buffers that wait before they are reused, until long after the reader has read their bytes. */
const RESTING = 32;

/**
 * Reuses buffers. A browser's own chunks become garbage that is collected slowly: without this, a download of any size
 * needs 300 MiB.
 */
export class Buffers {
  readonly #idle: ArrayBuffer[] = [];

  take(): ArrayBuffer {
    return (this.#idle.length > RESTING && this.#idle.shift()) || new ArrayBuffer(BUFFER_BYTES);
  }

  /** Releases a chunk's bytes. Buffers that are not ours are left to the garbage collector. */
  give(chunk: Uint8Array): void {
    const { buffer } = chunk;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === BUFFER_BYTES) this.#idle.push(buffer);
  }
}
