import type { FileOrigin } from "./journal.ts";

/** A file that a caller wants to upload. `path` is relative, with `/` between folders. */
export type UploadSource = { path: string; blob: Blob; lastModified?: number; type?: string; origin?: FileOrigin };

/** Milliseconds since 1970; undefined if the file has no date. */
export function dateOf({ blob, lastModified }: UploadSource): number | undefined {
  const date = lastModified ?? ("lastModified" in blob ? Number(blob.lastModified) : undefined);
  return date !== undefined && date >= 0 ? Math.floor(date) : undefined;
}
