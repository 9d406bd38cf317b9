import type { FileView, Page } from "../files/file.schema.ts";
import { callApp, type DownloadFile } from "./grants.ts";
import { safePaths } from "./names.ts";
import { browserRuntime, type Runtime } from "./runtime.ts";
import type { StreamEntry } from "./stream-protocol.ts";

/** What can be downloaded now, and what can't. */
export type Listing = { entries: StreamEntry[]; left: FileView[]; bytes: number };

/** Reads the list of all files behind a link, page by page. `url`: `/t/<token>/files`. */
export async function listFiles(url: string, signal: AbortSignal, runtime: Runtime = browserRuntime): Promise<Listing> {
  const ready: FileView[] = [];
  const left: FileView[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? "" : `?from=${encodeURIComponent(cursor)}`;
    const page = await callApp<Page<FileView>>(url + query, undefined, runtime, signal);
    for (const file of page.items) (file.state === "ready" && (!file.spent || file.taken) ? ready : left).push(file);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { entries: entriesOf(ready), left, bytes: ready.reduce((sum, file) => sum + file.size, 0) };
}

/** With paths that are safe to unpack; a file without a date has that of now. */
export function entriesOf(files: readonly (DownloadFile & { path: string; lastModified?: number })[]): StreamEntry[] {
  const paths = safePaths(files.map(({ path }) => path));
  const now = Date.now();
  return files.map(({ ordinal, size, lastModified = now }, index) => {
    return { ordinal, size, path: paths[index] ?? `${ordinal}`, lastModified };
  });
}
