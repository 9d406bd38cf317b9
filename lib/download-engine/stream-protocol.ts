import type { ErrorBody } from "../kernel/errors.ts";

/** The script of the service worker, and the path of its URLs: nothing else of the app is below this path. */
export const WORKER_SCRIPT = "/download-worker.js";
export const WORKER_SCOPE = "/download/";

/** One file to download. `path` is its place inside a zip or a folder, safe on any system. */
export type StreamEntry = { ordinal: number; size: number; path: string; lastModified: number };

/** A zip of all entries, or the single file as it is. */
export type StreamJob = {
  id: string;
  kind: "zip" | "file";
  /** The name that the browser saves it under. */
  name: string;
  /** The URL for grants. */
  endpoint: string;
  entries: StreamEntry[];
};

/** From the page to the worker; `begin` comes with the port on which the worker answers. */
export type ToWorker = { type: "begin"; job: StreamJob } | { type: "ping" };
/** From the page, on that port. */
export type ToJob = { type: "cancel" };
/** From the worker, on that port. `bytes` of `total` were passed to the browser; `files` of them are complete. */
export type FromWorker =
  | { type: "ready" }
  | { type: "begun"; total: number }
  | { type: "progress"; bytes: number; files: number }
  | { type: "done"; bytes: number }
  | { type: "cancelled" }
  | { type: "failed"; error: ErrorBody };

export const addressOf = ({ id, name }: StreamJob): string => `${WORKER_SCOPE}${id}/${encodeURIComponent(name)}`;
