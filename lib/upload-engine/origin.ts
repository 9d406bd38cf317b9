import type { FileOrigin } from "./journal.ts";

/** Of the File System Access API, which TypeScript's library doesn't have yet. */
type Permitted = {
  queryPermission?(descriptor: { mode: "read" }): Promise<PermissionState>;
  requestPermission?(descriptor: { mode: "read" }): Promise<PermissionState>;
};

/** The roots that may be read, after asking the person where the browser wants that; call it in answer to a click. */
export async function permitRoots(roots: FileSystemHandle[]): Promise<Set<FileSystemHandle>> {
  const permitted = new Set<FileSystemHandle>();
  const asked: FileSystemHandle[] = [];
  for (const root of new Set(roots)) {
    const answered = await findSame(root, asked);
    if (answered ? permitted.has(answered) : await isPermitted(root)) permitted.add(root);
    if (!answered) asked.push(root);
  }
  return permitted;
}

/** Each record of the journal brings handles of its own for the same folder. */
async function findSame(root: FileSystemHandle, others: FileSystemHandle[]): Promise<FileSystemHandle | undefined> {
  for (const other of others) if (await root.isSameEntry(other)) return other;
  return undefined;
}

async function isPermitted(root: FileSystemHandle): Promise<boolean> {
  const handle = root as FileSystemHandle & Permitted;
  try {
    if ((await handle.queryPermission?.({ mode: "read" })) === "granted") return true;
    return (await handle.requestPermission?.({ mode: "read" })) === "granted";
  } catch {
    // Asked without a click, or the browser lets nobody ask.
    return false;
  }
}

/** The file as it is on disk now; undefined when it is there no more. */
export async function findAgain({ root, names }: FileOrigin): Promise<File | undefined> {
  try {
    let at = root;
    for (const [index, name] of names.entries()) {
      if (!isDirectory(at)) return undefined;
      at = index < names.length - 1 ? await at.getDirectoryHandle(name) : await at.getFileHandle(name);
    }
    return isFile(at) ? await at.getFile() : undefined;
  } catch {
    return undefined;
  }
}

const isFile = (handle: FileSystemHandle): handle is FileSystemFileHandle => handle.kind === "file";
const isDirectory = (handle: FileSystemHandle): handle is FileSystemDirectoryHandle => handle.kind === "directory";
