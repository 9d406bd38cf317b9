import type { HandleOrigin } from "./handle-origins.ts";
import type { UploadSource } from "./upload-source.ts";

/**
 * What was picked: files with their folders, paths that could not be read, and empty folders, so that nothing is left
 * out silently.
 */
export type Picked = {
  files: UploadSource[];
  unreadable: { path: string; message: string }[];
  emptyFolders: string[];
};

/**
 * Files and whole folders of a drop or a paste. Without files, text becomes `pasted.txt`. Call it inside the event: the
 * browser empties the DataTransfer afterwards, so it is read before the first await.
 */
export async function pickFromDataTransfer(data: DataTransfer): Promise<Picked> {
  const picked: Picked = { files: [], unreadable: [], emptyFolders: [] };
  const entries: { entry: FileSystemEntry; root: Promise<FileSystemHandle | undefined> }[] = [];
  for (const item of data.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    if (entry) entries.push({ entry, root: handleOf(item) });
    else if (file) picked.files.push({ path: file.name, blob: file });
  }
  const text = entries.length + picked.files.length === 0 ? data.getData("text/plain") : "";
  for (const { entry, root } of entries) await walk(entry, picked, await root);
  if (text !== "") picked.files.push({ path: "pasted.txt", blob: new Blob([text], { type: "text/plain" }) });
  return picked;
}

/** Files of an `<input type="file">`, with their folders if it has `webkitdirectory`. */
export function pickFromFileList(list: Iterable<File>): Picked {
  const files = [...list].map((file) => ({ path: file.webkitRelativePath || file.name, blob: file }));
  return { files, unreadable: [], emptyFolders: [] };
}

/** With a handle a browser can read the file again after a reload. Some browsers provide none. */
async function handleOf(item: DataTransferItem): Promise<FileSystemHandle | undefined> {
  const { getAsFileSystemHandle } = item as DataTransferItem & {
    getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
  };
  try {
    return (await getAsFileSystemHandle?.call(item)) ?? undefined;
  } catch {
    return undefined;
  }
}

async function walk(entry: FileSystemEntry, picked: Picked, root: FileSystemHandle | undefined): Promise<void> {
  const path = entry.fullPath.replace(/^\//, "");
  try {
    if (isFile(entry)) {
      const blob = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
      const names = path.split("/").slice(1);
      picked.files.push({ path, blob, ...(root ? { origin: { root, names } satisfies HandleOrigin } : {}) });
    } else if (isDirectory(entry)) {
      const inside = await children(entry);
      if (inside.length === 0) picked.emptyFolders.push(path);
      for (const child of inside) await walk(child, picked, root);
    }
  } catch (error) {
    picked.unreadable.push({ path, message: error instanceof Error ? error.message : "It can't be read." });
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** A reader returns about a hundred entries at a time, and an empty list at the end. */
async function children(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
