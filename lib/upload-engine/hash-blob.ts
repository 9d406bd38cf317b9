import { Crc64 } from "./crc64-lanes.ts";

const CHUNK_BYTES = 1024 ** 2;

const idle: { hasher: Crc64; buffer: ArrayBuffer }[] = [];

/**
 * CRC64NVME of a Blob's bytes, read into one reused buffer of 1 MiB: a third of the work, and none of the garbage, of
 * reading slices. Rejects with the browser's NotReadableError or NotFoundError when the file behind it changed, with
 * RangeError when the number of bytes is not the Blob's size, and with AbortError after `signal`.
 */
export async function crcOfBlob(blob: Blob, signal?: AbortSignal): Promise<bigint> {
  const tools = idle.pop() ?? { hasher: new Crc64(), buffer: new ArrayBuffer(CHUNK_BYTES) };
  const { hasher } = tools;
  hasher.reset();
  let bytes = 0;
  for await (const chunk of chunksOf(blob, tools)) {
    signal?.throwIfAborted();
    bytes += chunk.length;
    if (bytes > blob.size) break;
    hasher.update(chunk);
  }
  requireSize(blob, bytes);
  const crc = hasher.digest();
  idle.push(tools);
  return crc;
}

/**
 * Reads a file to its end and rejects with RangeError when its length has changed. In Firefox a file keeps the size
 * that it had when it was picked, and slices of it end there; only reading it as a whole returns the present content.
 */
export async function requireLength(blob: Blob): Promise<void> {
  let bytes = 0;
  for await (const chunk of chunksOf(blob, { buffer: new ArrayBuffer(CHUNK_BYTES) })) {
    bytes += chunk.length;
    if (bytes > blob.size) break;
  }
  requireSize(blob, bytes);
}

function requireSize({ size }: Blob, bytes: number): void {
  if (bytes !== size) throw new RangeError("The file is not as long as it was.");
}

/**
 * Readers in use. Chromium does not count a running read of a Blob's stream as a reference to it: without another
 * reference the reader is garbage collected, and the read never ends.
 */
const reading = new Set<ReadableStreamBYOBReader>();

/** A chunk is valid until the next one is requested. A browser that can't read into a given buffer provides its own. */
async function* chunksOf(blob: Blob, tools: { buffer: ArrayBuffer }): AsyncGenerator<Uint8Array> {
  const reader = byteReaderOf(blob.stream());
  if (!reader) {
    yield* blob.stream();
    return;
  }
  reading.add(reader);
  try {
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(tools.buffer));
      if (value) tools.buffer = value.buffer;
      if (done) return;
      yield value;
    }
  } catch (error) {
    // A stream reports every failure as a "network error"; reading one byte in another way gives the real error.
    await blob.slice(0, 1).arrayBuffer();
    throw error;
  } finally {
    // The read was aborted, and its buffer is lost with it.
    if (tools.buffer.byteLength === 0) tools.buffer = new ArrayBuffer(CHUNK_BYTES);
    reader.cancel().catch(() => undefined);
    reading.delete(reader);
  }
}

function byteReaderOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStreamBYOBReader | undefined {
  try {
    return stream.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}
