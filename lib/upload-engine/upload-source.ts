import type { FileOrigin } from "./journal.ts";

/** A file as a caller hands it over. `path` is relative, with `/` between folders. */
export type UploadSource = { path: string; blob: Blob; lastModified?: number; type?: string; origin?: FileOrigin };

/** Milliseconds since 1970, where the file has a date. */
export function dateOf({ blob, lastModified }: UploadSource): number | undefined {
  const date = lastModified ?? ("lastModified" in blob ? Number(blob.lastModified) : undefined);
  return date !== undefined && date >= 0 ? Math.floor(date) : undefined;
}
