import type { FileOrigin } from "./journal.ts";
import type { FileOrigins } from "./platform.ts";

/** The handle of what was dropped or picked, and the names of the folders and of the file below it. */
export type HandleOrigin = { root: FileSystemHandle; names: readonly string[] };

/** From the File System Access API, which TypeScript's library does not contain yet. */
type Permitted = {
  queryPermission?(descriptor: { mode: "read" }): Promise<PermissionState>;
  requestPermission?(descriptor: { mode: "read" }): Promise<PermissionState>;
};

/** Finds files again by a browser's handles. */
export const browserOrigins: FileOrigins = {
  async permit(origins) {
    const known = origins.filter(isHandleOrigin);
    const answers = new Map<FileSystemHandle, boolean>();
    for (const root of new Set(known.map((origin) => origin.root))) {
      const asked = await findSame(root, answers.keys());
      answers.set(root, asked ? answers.get(asked) === true : await isPermitted(root));
    }
    return new Set(known.filter((origin) => answers.get(origin.root)));
  },
  async open(origin) {
    if (!isHandleOrigin(origin)) return undefined;
    const { root, names } = origin;
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
  },
};

/** Guarantee: a browser's journal contains no other origins. */
const isHandleOrigin = (origin: FileOrigin): origin is HandleOrigin =>
  typeof origin === "object" && origin !== null && "root" in origin && "names" in origin;

/** Each record of the journal has handles of its own for the same folder. */
async function findSame(
  root: FileSystemHandle,
  others: Iterable<FileSystemHandle>,
): Promise<FileSystemHandle | undefined> {
  for (const other of others) if (await root.isSameEntry(other)) return other;
  return undefined;
}

async function isPermitted(root: FileSystemHandle): Promise<boolean> {
  const handle = root as FileSystemHandle & Permitted;
  try {
    if ((await handle.queryPermission?.({ mode: "read" })) === "granted") return true;
    return (await handle.requestPermission?.({ mode: "read" })) === "granted";
  } catch {
    // Browsers refuse a request that is not in answer to a click.
    return false;
  }
}

const isFile = (handle: FileSystemHandle): handle is FileSystemFileHandle => handle.kind === "file";
const isDirectory = (handle: FileSystemHandle): handle is FileSystemDirectoryHandle => handle.kind === "directory";
