import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { VisibleError } from "#lib/kernel/errors.ts";
import { DiskBlob } from "../platform/disk-blob.ts";

/**
 * Writes a stream of unknown length, such as the standard input, into a temporary file in `$TMPDIR`, because the upload
 * protocol signs lengths and so has to know them before it begins. `remove` deletes the file again. Throws SpoolFailed
 * where there is no room.
 */
export async function spool(
  stream: Readable,
  { signal, onBytes }: { signal: AbortSignal; onBytes(bytes: number): void },
): Promise<{ blob: DiskBlob; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "dormouse-send-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, "stdin");
  let bytes = 0;
  try {
    const counted = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        onBytes(bytes);
        yield chunk;
      }
    };
    await pipeline(stream, counted, createWriteStream(path, { mode: 0o600, highWaterMark: 1024 ** 2 }), { signal });
    return { blob: await DiskBlob.find(path), remove };
  } catch (cause) {
    await remove();
    signal.throwIfAborted();
    const { message } = cause as Error;
    const sentence = `What comes from the standard input could not be kept in ${tmpdir()}: ${message}. Set TMPDIR to a folder with room for all of it.`;
    throw new VisibleError("SpoolFailed", 507, sentence, { cause });
  }
}
