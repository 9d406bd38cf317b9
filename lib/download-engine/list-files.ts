import type { DownloadItem, DownloadList } from "../downloads/download.schema.ts";
import { mapConcurrently } from "../kernel/concurrency.ts";
import { callApp, type DownloadFile } from "./grants.ts";
import { safePaths } from "./names.ts";
import { browserRuntime, type Runtime } from "./runtime.ts";
import type { StreamEntry } from "./stream-protocol.ts";

/** The files that can be downloaded now, and those that can't. */
export type Listing = { entries: StreamEntry[]; left: DownloadItem[]; bytes: number };

/** Parts of a list that are requested at a time. */
const CONCURRENCY = 4;

/**
 * Reads the list of all files at `/t/<token>/files/entries`: its first part says how many there are, and the others are
 * then requested in parallel.
 */
export async function listFiles(url: string, signal: AbortSignal, runtime: Runtime = browserRuntime): Promise<Listing> {
  const read = (from: number) => callApp<DownloadList>(`${url}?from=${from}`, undefined, runtime, signal);
  const first = await read(0);
  const length = first.next ?? first.end;
  // All parts are as long as the first one.
  const starts = Array.from({ length: Math.ceil(first.end / length) - 1 || 0 }, (_, index) => (index + 1) * length);
  const others = await mapConcurrently(starts, CONCURRENCY, read);
  const items = [first, ...others].flatMap((part) => part.items);
  const ready = items.filter(({ why }) => why === undefined);
  const left = items.filter(({ why }) => why !== undefined);
  return { entries: entriesOf(ready), left, bytes: ready.reduce((sum, file) => sum + file.size, 0) };
}

/** Gives entries paths that are safe to unpack. A file without a date gets the current time. */
export function entriesOf(files: readonly (DownloadFile & { path: string; lastModified?: number })[]): StreamEntry[] {
  const paths = safePaths(files.map(({ path }) => path));
  const now = Date.now();
  return files.map(({ ordinal, size, lastModified = now }, index) => {
    return { ordinal, size, path: paths[index] ?? `${ordinal}`, lastModified };
  });
}
