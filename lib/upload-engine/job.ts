import type { VisibleError } from "../kernel/errors.ts";
import type { ReserveFile, SignOutput } from "../uploads/upload-protocol.schema.ts";
import type { FileOrigin, KeptFile } from "./journal.ts";
import type { TakenPaths } from "./names.ts";
import { countParts, type Plan, partRange, planParts } from "./plan.ts";
import { SpeedMeter } from "./speed-meter.ts";
import { dateOf, type UploadSource } from "./upload-source.ts";

/**
 * A file's phase in the engine; the state that a person sees is derived from it (`snapshot.ts`). A missing file has no
 * bytes yet.
 */
export type Phase = "missing" | "open" | "verifying" | "ready" | "failed" | "cancelled";

/** A file with its progress, which only the core writes. */
export type WritableFile = {
  readonly id: string;
  readonly transfer: TransferJob;
  readonly index: number;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly origin: FileOrigin;
  readonly reservation: ReserveFile;
  readonly plan: Plan;
  /** Its bytes; undefined if the file is stored, or was begun before and has not been found again. */
  blob: Blob | undefined;
  phase: Phase;
  /** Raised by everything that makes earlier work void; results of an older generation are dropped. */
  generation: number;
  ordinal: number | undefined;
  /** CRC64NVME by part, the first at 0; undefined for parts that are not hashed yet. */
  checksums: (bigint | undefined)[];
  /** CRC64NVME of samples (`fingerprint.ts`), as hexadecimal digits. */
  fingerprint: string | undefined;
  /** Numbers of the parts that S3 has with this file's bytes. */
  stored: Set<number>;
  /**
   * Parts that S3 has, but that are not proved to be this file's, with S3's checksum if it is known. They count as
   * sent.
   */
  presumed: Map<number, bigint | undefined>;
  /** Of the whole file, once every part is stored. */
  checksum: bigint | undefined;
  /** Bytes that S3 has or seems to have, and those in flight. */
  sent: number;
  error: VisibleError | undefined;
  /** Whether a retry needs a new ordinal, because what is stored at the old one can't be corrected. */
  needsNewOrdinal: boolean;
};

/** A file as all other code reads it. */
export type FileJob = Readonly<Omit<WritableFile, "checksums" | "stored" | "presumed">> & {
  readonly checksums: readonly (bigint | undefined)[];
  readonly stored: ReadonlySet<number>;
  readonly presumed: ReadonlyMap<number, bigint | undefined>;
};

export type PartJob = {
  readonly file: FileJob;
  readonly generation: number;
  readonly number: number;
  /** The file's bytes at the time, and those of the part. */
  readonly whole: Blob;
  readonly body: Blob;
  /** Set once it is hashed. */
  checksum: bigint;
  signed: { answer: SignOutput; signature: string; at: number } | undefined;
  /** Bytes of the current attempt that have been sent; only the core writes it. */
  readonly loaded: number;
  /** Failed attempts, by kind. */
  unanswered: number;
  refusals: number;
  unauthorized: number;
  /** The factor by which its connection may stall longer than usual. */
  stallFactor: number;
};

/** A transfer with its counters, which only the core writes. Each lane has its own record of it. */
export type WritableTransfer = {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly takenPaths: TakenPaths;
  readonly meter: SpeedMeter;
  readonly files: FileJob[];
  /** The caller's own data, stored in the journal. */
  about: unknown;
  /** Releases the lock, so that another tab can send the transfer. */
  releaseLock: () => void;
  /** Number of files in each phase. */
  readonly phases: Record<Phase, number>;
  bytesTotal: number;
  bytesSent: number;
  /** Bytes that will not be sent because their file failed. */
  bytesFailed: number;
  /** Raised by every change of any of its files. */
  version: number;
  sealRequested: boolean;
  sealed: boolean;
  /** Stopped until a person resumes it, because of `problem`. */
  halted: boolean;
  problem: VisibleError | undefined;
};

/** A transfer as all other code reads it. */
export type TransferJob = Readonly<Omit<WritableTransfer, "about" | "files" | "phases">> & {
  about: unknown;
  readonly files: readonly FileJob[];
  readonly phases: Readonly<Record<Phase, number>>;
};

type TransferStart = Partial<Pick<TransferJob, "startedAt" | "about" | "sealRequested" | "releaseLock">>;

export function newTransfer(id: string, now: number, start: TransferStart = {}): TransferJob {
  return {
    id,
    startedAt: now,
    about: undefined,
    releaseLock: () => undefined,
    files: [],
    takenPaths: new Map(),
    meter: new SpeedMeter(),
    phases: { missing: 0, open: 0, verifying: 0, ready: 0, failed: 0, cancelled: 0 },
    bytesTotal: 0,
    bytesSent: 0,
    bytesFailed: 0,
    version: 0,
    sealRequested: false,
    sealed: false,
    halted: false,
    problem: undefined,
    ...start,
  };
}

/** A file of which nothing has been sent. `speed` of a connection in bytes per second decides the size of its parts. */
export function newFile(transfer: TransferJob, path: string, source: UploadSource, speed: number): FileJob {
  const { blob, origin } = source;
  const lastModified = dateOf(source);
  const kept: KeptFile = {
    path,
    size: blob.size,
    type: (source.type ?? blob.type).slice(0, 255),
    partSize: planParts(blob.size, speed).partSize,
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(origin ? { origin } : {}),
  };
  return { ...keptFile(transfer, kept, "open"), blob };
}

/** A file that was begun before: its parts are known, its bytes must still be found. */
export function keptFile(transfer: TransferJob, kept: KeptFile, phase: Phase): FileJob {
  const { path, size, type, partSize, lastModified, ordinal, fingerprint, origin } = kept;
  const index = transfer.files.length;
  const file: WritableFile = {
    id: `${transfer.id}/${index}`,
    transfer,
    index,
    path,
    size,
    origin,
    reservation: { path, size, type, partSize, ...(lastModified === undefined ? {} : { lastModified }) },
    plan: { partSize, partCount: countParts(size, partSize) },
    blob: undefined,
    phase,
    generation: 0,
    ordinal,
    checksums: [],
    fingerprint,
    stored: new Set(),
    presumed: new Map(),
    checksum: undefined,
    sent: 0,
    error: undefined,
    needsNewOrdinal: false,
  };
  return file;
}

export function newPart(file: FileJob, blob: Blob, number: number): PartJob {
  const { start, end } = partRange(file.plan, file.size, number);
  return {
    file,
    generation: file.generation,
    number,
    whole: blob,
    body: blob.slice(start, end),
    checksum: 0n,
    signed: undefined,
    loaded: 0,
    unanswered: 0,
    refusals: 0,
    unauthorized: 0,
    stallFactor: 1,
  };
}

/** Whether the file was cancelled, failed or restarted after work on this part began. */
export const isStale = (part: PartJob): boolean => part.generation !== part.file.generation;

/** Bytes of a part of the file, counted from 1. */
export function partBytes({ plan, size }: FileJob, number: number): number {
  const { start, end } = partRange(plan, size, number);
  return end - start;
}
