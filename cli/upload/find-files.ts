import type { Stats } from "node:fs";
import { access, constants, lstat, readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import { InvalidInput, VisibleError } from "#lib/kernel/errors.ts";
import type { UploadSource } from "#lib/upload-engine/upload-source.ts";
import { DiskBlob } from "../platform/disk-blob.ts";
import type { DiskOrigin } from "../platform/platform.ts";

/** What is not sent, with a sentence for a person: empty folders, links inside folders, devices, what can't be read. */
export type Skipped = { path: string; message: string };

/** The files of the given paths, sorted by name in each folder, so that the same paths give the same order. */
export type FoundFiles = { sources: UploadSource[]; skipped: Skipped[] };

/** How many files are looked at at a time. */
const CONCURRENCY = 16;

/**
 * Finds the files of `paths`: files, and folders with all that is in them. Links that are given are followed, links
 * inside folders are not. In the transfer a file or folder has its own name, and what is in a folder its path from there.
 * Throws FileNotFound for a path that is not there, InvalidInput for a name that is not valid UTF-8.
 */
export async function findFiles(paths: readonly string[]): Promise<FoundFiles> {
  const found: FoundFiles = { sources: [], skipped: [] };
  for (const path of paths) {
    const absolute = resolve(path);
    const stats = await stat(absolute).catch((cause: unknown) => {
      throw new VisibleError("FileNotFound", 404, `“${path}” ${reasonOf(cause)}`, { cause });
    });
    await visit({ disk: absolute, path: basename(absolute), stats }, found);
  }
  return found;
}

type Entry = { disk: string; path: string; stats: Stats };

async function visit(entry: Entry, found: FoundFiles): Promise<void> {
  const { disk, path, stats } = entry;
  const skip = (message: string) => void found.skipped.push({ path: disk, message });
  if (stats.isSymbolicLink()) return skip("A link inside a folder is not followed.");
  if (!stats.isDirectory() && !stats.isFile()) return skip("It is neither a file nor a folder.");
  try {
    if (stats.isDirectory()) return await visitFolder(entry, found);
    await access(disk, constants.R_OK);
    const origin: DiskOrigin = { disk };
    found.sources.push({ path, blob: await DiskBlob.find(disk), origin });
  } catch (error) {
    if (error instanceof VisibleError) throw error;
    skip(`It ${reasonOf(error)}`);
  }
}

async function visitFolder({ disk, path }: Entry, found: FoundFiles): Promise<void> {
  const names = (await readdir(disk, { encoding: "buffer" })).map((name) => nameOf(name, disk)).sort();
  if (names.length === 0) found.skipped.push({ path: disk, message: "An empty folder is not sent." });
  const parts = await mapConcurrently(names, CONCURRENCY, async (name) => {
    const inside: FoundFiles = { sources: [], skipped: [] };
    const child = join(disk, name);
    try {
      const stats = await lstat(child);
      // Folders follow one after another, so that the number of open files has a bound.
      if (stats.isDirectory()) return { folder: { disk: child, path: `${path}/${name}`, stats } };
      await visit({ disk: child, path: `${path}/${name}`, stats }, inside);
    } catch (error) {
      if (error instanceof VisibleError) throw error;
      inside.skipped.push({ path: child, message: `It ${reasonOf(error)}` });
    }
    return { inside };
  });
  for (const { folder, inside } of parts) {
    if (folder) await visit(folder, found);
    for (const source of inside?.sources ?? []) found.sources.push(source);
    for (const skipped of inside?.skipped ?? []) found.skipped.push(skipped);
  }
}

/** Rejects bytes that are no text: in the transfer, and on other systems, the file could not have this name. */
function nameOf(bytes: Buffer, folder: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const shown = JSON.stringify(bytes.toString("latin1"));
    throw new InvalidInput(`The name ${shown} in “${folder}” is not valid UTF-8. Rename it to send it.`);
  }
}

const REASONS: Record<string, string> = {
  ENOENT: "is not there.",
  ENOTDIR: "is not there.",
  EACCES: "can't be read: permission denied.",
  EPERM: "can't be read: permission denied.",
  ELOOP: "is a link that leads in a circle.",
};

const reasonOf = (error: unknown): string => {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? `can't be read: ${message}`;
};
