import type { ErrorBody, VisibleError } from "../kernel/errors.ts";
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

/** One file; the same object for as long as nothing about it changes. Sizes in bytes. */
export type FileUpload = {
  readonly id: string;
  readonly index: number;
  readonly path: string;
  readonly size: number;
  readonly sent: number;
  readonly state: FileUploadState;
  readonly error?: ErrorBody;
};

/** `stalled`: connections stand open and nothing moves; it is tried again. `pausing`: parts under way come to their end. */
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

/** How many files stand where; `unfinished` are queued, being hashed or sent, or paused. */
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
  /** Bytes of all files that are not cancelled, and of those how many have left, the ones under way included. */
  readonly bytesTotal: number;
  readonly bytesSent: number;
  /** Bytes a second, a moving average with a half-life of two seconds. */
  readonly speed: number;
  /** Absent while nobody can tell. */
  readonly secondsLeft?: number;
  readonly files: FileCounts;
  /** Changes whenever any of its files does: the moment to ask `listFiles` again. */
  readonly version: number;
  /** What stops the transfer as a whole, such as a sign-in that has ended; `resume` tries again. */
  readonly problem?: ErrorBody;
};

export type UploadSnapshot = {
  readonly paused: boolean;
  readonly transfers: readonly TransferUpload[];
};

/** What of the engine as a whole decides how a file looks. */
export type Situation = { stopped: boolean; sending: boolean; networkDown: boolean; stalled: boolean; now: number };

export const errorBody = (error: VisibleError): ErrorBody => ({
  code: error.code,
  message: error.message,
  ...(error.details ? { details: error.details } : {}),
});

function stateOf(file: FileJob, situation: Situation): FileUploadState {
  if (file.phase !== "open") return file.phase;
  if (file.sending > 0) return "uploading";
  if (situation.stopped) return "paused";
  if (file.waiting > 0) return situation.networkDown ? "waiting for network" : "uploading";
  if (file.sent > 0) return "uploading";
  return file.hashing > 0 || file.nextPart > 1 ? "hashing" : "queued";
}

const views = new WeakMap<FileJob, FileUpload>();

export function viewFile(file: FileJob, situation: Situation): FileUpload {
  const state = stateOf(file, situation);
  const known = views.get(file);
  const code = file.error?.code;
  if (known && known.state === state && known.sent === file.sent && known.error?.code === code) return known;
  const { id, index, path, sent, error } = file;
  const view = { id, index, path, size: file.size, sent, state, ...(error ? { error: errorBody(error) } : {}) };
  views.set(file, view);
  return view;
}

function transferState(transfer: TransferJob, situation: Situation): TransferUploadState {
  const { stopped, sending, networkDown, stalled } = situation;
  const { phases } = transfer;
  if (transfer.sealed) return "sealed";
  if (phases.open + phases.verifying > 0 && stopped) return sending && !transfer.halted ? "pausing" : "paused";
  if (phases.open > 0 && networkDown) return stalled ? "stalled" : "waiting for network";
  if (phases.open > 0) return "uploading";
  if (phases.verifying > 0) return "verifying";
  if (transfer.sealing) return "sealing";
  if (phases.missing > 0) return "missing";
  if (phases.failed > 0) return "failed";
  if (phases.ready > 0) return "stored";
  return phases.cancelled > 0 ? "cancelled" : "empty";
}

export function viewTransfer(transfer: TransferJob, situation: Situation): TransferUpload {
  const { id, phases, bytesTotal, bytesSent, version, problem } = transfer;
  const state = transferState(transfer, situation);
  const speed = state === "uploading" ? transfer.meter.speed(situation.now) : 0;
  const left = Math.max(0, bytesTotal - bytesSent - transfer.bytesStuck);
  return {
    id,
    state,
    bytesTotal,
    bytesSent,
    speed,
    ...(speed > 0 ? { secondsLeft: left / speed } : {}),
    files: {
      total: transfer.files.length,
      unfinished: phases.open,
      verifying: phases.verifying,
      ready: phases.ready,
      failed: phases.failed,
      cancelled: phases.cancelled,
      missing: phases.missing,
    },
    version,
    ...(problem ? { problem: errorBody(problem) } : {}),
  };
}
