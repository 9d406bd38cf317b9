import { baseName, numbered, safeFileName } from "../kernel/file-name.ts";
import { makeCrc64 } from "./checksums.ts";
import { asVisible } from "./errors.ts";
import { FilesReader } from "./files-reader.ts";
import { browserRuntime, type Runtime } from "./runtime.ts";
import type { StreamEntry } from "./stream-protocol.ts";

export type SaveFolderOptions = {
  /** The URL for grants. */
  endpoint: string;
  /** The name of a new folder in the picked one. */
  title: string;
  signal: AbortSignal;
  onProgress(bytes: number, files: number): void;
  runtime?: Runtime;
};

export type NotSaved = { entry: StreamEntry; message: string };

/** Whether this browser lets a page write into a folder that a person picks. */
export const canSaveFolder = (): boolean => "showDirectoryPicker" in globalThis;

/**
 * Writes files one after another into a new folder inside `parent`; returns those that could not be saved. A file that
 * fails leaves nothing behind, and the others continue. Throws when it is cancelled, or when nothing can be written.
 */
export async function saveFolder(
  parent: FileSystemDirectoryHandle,
  entries: readonly StreamEntry[],
  { endpoint, title, signal, onProgress, runtime = browserRuntime }: SaveFolderOptions,
): Promise<NotSaved[]> {
  const crc64 = await makeCrc64();
  const root = await newFolder(parent, safeFileName(title));
  const failed: NotSaved[] = [];
  const state = { bytes: 0, files: 0 };
  let reader: FilesReader | undefined;
  const stop = () => reader?.cancel(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (const [index, entry] of entries.entries()) {
      signal.throwIfAborted();
      // After a failure the running requests are aborted, and started again without the failed file.
      reader ??= new FilesReader(entries.slice(index), { endpoint, runtime, crc64, reuse: true });
      const folder = await folderOf(root, entry.path);
      const handle = await folder.getFileHandle(baseName(entry.path), { create: true });
      const file = await handle.createWritable();
      try {
        for await (const chunk of reader.read(entry)) {
          // Guarantee: the bodies of answers are never in shared memory.
          await file.write(chunk as Uint8Array<ArrayBuffer>);
          state.bytes += chunk.length;
          onProgress(state.bytes, state.files);
        }
        await file.close();
        onProgress(state.bytes, ++state.files);
      } catch (error) {
        await file.abort(error).catch(() => undefined);
        await folder.removeEntry(handle.name).catch(() => undefined);
        signal.throwIfAborted();
        reader.cancel(error);
        reader = undefined;
        failed.push({ entry, message: asVisible(error).message });
      }
    }
  } finally {
    signal.removeEventListener("abort", stop);
    reader?.cancel();
  }
  return failed;
}

/** Never an existing folder, so that none of the person's files is overwritten. */
async function newFolder(parent: FileSystemDirectoryHandle, name: string): Promise<FileSystemDirectoryHandle> {
  for (let number = 1; ; number++) {
    const wanted = number === 1 ? name : numbered(name, number);
    try {
      await parent.getDirectoryHandle(wanted);
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotFoundError") {
        return parent.getDirectoryHandle(wanted, { create: true });
      }
      if (!(error instanceof DOMException && error.name === "TypeMismatchError")) throw error;
    }
  }
}

async function folderOf(root: FileSystemDirectoryHandle, path: string): Promise<FileSystemDirectoryHandle> {
  let folder = root;
  for (const name of path.split("/").slice(0, -1)) folder = await folder.getDirectoryHandle(name, { create: true });
  return folder;
}
