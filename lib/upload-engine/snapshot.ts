import type { ErrorBody, VisibleError } from "../kernel/errors.ts";
import type { Core } from "./core.ts";
import type { FileJob, TransferJob } from "./job.ts";

export type FileUploadState =
  | "queued"
  | "hashing"
  | "uploading"
  | "waiting for network"
  | "verifying"
  | "ready"
  | "failed"
  | "cancelled"
  | "paused"
  | "missing";

/** One file; the same object while nothing about it changes. Sizes in bytes. */
export type FileUpload = {
  readonly id: string;
  readonly index: number;
  readonly path: string;
  readonly size: number;
  readonly sent: number;
  readonly state: FileUploadState;
  readonly error?: ErrorBody;
};

/** `stalled`: connections are open but nothing is sent; it is retried. `pausing`: parts in flight finish. */
export type TransferUploadState =
  | "empty"
  | "uploading"
  | "waiting for network"
  | "stalled"
  | "pausing"
  | "paused"
  | "verifying"
  | "failed"
  | "stored"
  | "sealing"
  | "sealed"
  | "cancelled"
  | "missing";

/** Number of files by state; `unfinished` are queued, being hashed or sent, or paused. */
export type FileCounts = {
  readonly total: number;
  readonly unfinished: number;
  readonly verifying: number;
  readonly ready: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Begun before, and to be picked again. */
  readonly missing: number;
};

export type TransferUpload = {
  readonly id: string;
  readonly state: TransferUploadState;
  /** Bytes of all files that are not cancelled, and how many of them have been sent, including those in flight. */
  readonly bytesTotal: number;
  readonly bytesSent: number;
  /** Bytes per second, a moving average with a half-life of two seconds. */
  readonly speed: number;
  /** Absent while unknown. */
  readonly secondsLeft?: number;
  readonly files: FileCounts;
  /** Changes whenever any of its files does: then call `listFiles` again. */
  readonly version: number;
  /** A problem that stops the whole transfer, such as a sign-in that has ended; `resume` tries again. */
  readonly problem?: ErrorBody;
};

export type UploadSnapshot = {
  readonly paused: boolean;
  readonly transfers: readonly TransferUpload[];
};

export const errorBody = (error: VisibleError): ErrorBody => ({
  code: error.code,
  message: error.message,
  ...(error.details ? { details: error.details } : {}),
});

function stateOf(file: FileJob, core: Core): FileUploadState {
  if (file.phase !== "open") return file.phase;
  const { hash, send } = core.lanes;
  if (send.isSending(file)) return "uploading";
  if (core.isStopped(file.transfer)) return "paused";
  if (send.isBackingOff(file)) return isNetworkDown(core) ? "waiting for network" : "uploading";
  if (file.sent > 0) return "uploading";
  return hash.isHashing(file) || hash.hasBegun(file) ? "hashing" : "queued";
}

const isNetworkDown = ({ tools: { network } }: Core): boolean => network.isDown || network.isOffline;

const views = new WeakMap<FileJob, FileUpload>();

export function viewFile(file: FileJob, core: Core): FileUpload {
  const state = stateOf(file, core);
  const known = views.get(file);
  const code = file.error?.code;
  if (known && known.state === state && known.sent === file.sent && known.error?.code === code) return known;
  const { id, index, path, sent, error } = file;
  const view = { id, index, path, size: file.size, sent, state, ...(error ? { error: errorBody(error) } : {}) };
  views.set(file, view);
  return view;
}

function transferState(transfer: TransferJob, core: Core): TransferUploadState {
  const { network } = core.tools;
  const { missing, open, verifying, ready, failed, cancelled } = transfer.phases;
  if (transfer.sealed) return "sealed";
  if (open + verifying > 0 && core.isStopped(transfer)) {
    return core.lanes.send.isSending(transfer) && !transfer.halted ? "pausing" : "paused";
  }
  if (open > 0 && isNetworkDown(core)) {
    return network.isStalled && !network.isOffline ? "stalled" : "waiting for network";
  }
  if (open > 0) return "uploading";
  if (verifying > 0) return "verifying";
  if (core.lanes.seal.isSealing(transfer)) return "sealing";
  if (missing > 0) return "missing";
  if (failed > 0) return "failed";
  if (ready > 0) return "stored";
  return cancelled > 0 ? "cancelled" : "empty";
}

export function viewTransfer(transfer: TransferJob, core: Core): TransferUpload {
  const { id, phases, bytesTotal, bytesSent, version, problem } = transfer;
  const { open: unfinished, verifying, ready, failed, cancelled, missing } = phases;
  const state = transferState(transfer, core);
  const speed = state === "uploading" ? transfer.meter.speed(core.tools.runtime.now()) : 0;
  const left = Math.max(0, bytesTotal - bytesSent - transfer.bytesFailed);
  return {
    id,
    state,
    bytesTotal,
    bytesSent,
    speed,
    ...(speed > 0 ? { secondsLeft: left / speed } : {}),
    files: { total: transfer.files.length, unfinished, verifying, ready, failed, cancelled, missing },
    version,
    ...(problem ? { problem: errorBody(problem) } : {}),
  };
}
