/** Bytes of a buffer: what a browser hands over at a time is not much more. */
export const BUFFER_BYTES = 64 * 1024;
/** Buffers that rest before they are used again, long after whoever got their bytes has read them. */
const RESTING = 32;

/**
 * Buffers that are used over and over. A browser's own chunks become garbage that it is slow to collect: without this, a
 * download of any size costs 300 MiB.
 */
export class Buffers {
  readonly #idle: ArrayBuffer[] = [];

  take(): ArrayBuffer {
    return (this.#idle.length > RESTING && this.#idle.shift()) || new ArrayBuffer(BUFFER_BYTES);
  }

  /** The bytes are not needed any more; buffers of others are left to the browser. */
  give(chunk: Uint8Array): void {
    const { buffer } = chunk;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === BUFFER_BYTES) this.#idle.push(buffer);
  }
}
