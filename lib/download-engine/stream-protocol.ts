import type { ErrorBody } from "../kernel/errors.ts";

/** The script of the service worker, and what it answers: nothing else of the app lies below this path. */
export const WORKER_SCRIPT = "/download-worker.js";
export const WORKER_SCOPE = "/download/";

/** One file that is to be downloaded; `path` is where it goes inside a zip or a folder, safe on any system. */
export type StreamEntry = { ordinal: number; size: number; path: string; lastModified: number };

/** A zip of all entries, or the one file as it is. */
export type StreamJob = {
  id: string;
  kind: "zip" | "file";
  /** What the browser saves it as. */
  name: string;
  /** Where grants are asked for. */
  endpoint: string;
  entries: StreamEntry[];
};

/** From the page to the worker; with `begin` comes the port on which it answers. */
export type ToWorker = { type: "begin"; job: StreamJob } | { type: "ping" };
/** From the page, on that port. */
export type ToJob = { type: "cancel" };
/** From the worker, on that port. `bytes` of `total` were handed to the browser, of which `files` files are whole. */
export type FromWorker =
  | { type: "ready" }
  | { type: "begun"; total: number }
  | { type: "progress"; bytes: number; files: number }
  | { type: "done"; bytes: number }
  | { type: "cancelled" }
  | { type: "failed"; error: ErrorBody };

export const addressOf = ({ id, name }: StreamJob): string => `${WORKER_SCOPE}${id}/${encodeURIComponent(name)}`;
