import type { FileView } from "#lib/files/file.schema.ts";

/** A folder with what lies in it, folders first, each in the order of their names; `size` in bytes, all below summed. */
export type Folder = { name: string; path: string; size: number; count: number; folders: Folder[]; files: NamedFile[] };
export type NamedFile = FileView & { name: string };

const newFolder = (name: string, path: string): Folder => ({ name, path, size: 0, count: 0, folders: [], files: [] });

/** Folders inside folders that are drawn as such; what lies deeper keeps the rest of its path in its name. */
const MAX_DEPTH = 12;

/**
 * Puts flat paths into folders. Two files of one path both appear. Folders that hold one folder and nothing else become
 * one with it, named `a/b/c`.
 */
export function buildTree(files: FileView[]): Folder {
  const root = newFolder("", "");
  const known = new Map<string, Folder>([["", root]]);
  for (const file of files) {
    const names = file.path.split("/");
    const name = names.splice(Math.min(names.length - 1, MAX_DEPTH)).join("/");
    let folder = root;
    grow(folder, file);
    for (const [depth, segment] of names.entries()) {
      const path = names.slice(0, depth + 1).join("/");
      let child = known.get(path);
      if (!child) {
        child = newFolder(segment, path);
        known.set(path, child);
        folder.folders.push(child);
      }
      grow(child, file);
      folder = child;
    }
    folder.files.push({ ...file, name });
  }
  for (const folder of known.values()) {
    folder.folders.sort(byName);
    folder.files.sort(byName);
  }
  root.folders = root.folders.map(joinChains);
  return root;
}

function joinChains(folder: Folder): Folder {
  const [only] = folder.folders;
  if (only && folder.folders.length === 1 && folder.files.length === 0) {
    return joinChains({ ...only, name: `${folder.name}/${only.name}` });
  }
  return { ...folder, folders: folder.folders.map(joinChains) };
}

function grow(folder: Folder, file: FileView): void {
  folder.size += file.size;
  folder.count += 1;
}

const collator = new Intl.Collator("en", { numeric: true });
const byName = (a: { name: string }, b: { name: string }) => collator.compare(a.name, b.name);
