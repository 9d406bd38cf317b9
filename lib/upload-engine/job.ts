import type { ReserveFile, SignOutput } from "../files/upload-protocol.schema.ts";
import type { VisibleError } from "../kernel/errors.ts";
import type { FileOrigin, KeptFile } from "./journal.ts";
import type { TakenPaths } from "./names.ts";
import { countParts, type Plan, partRange, planParts } from "./plan.ts";
import { SpeedMeter } from "./speed-meter.ts";

/** Where a file stands for the engine; what a person sees is derived from it (`snapshot.ts`). A missing one has no bytes yet. */
export type Phase = "missing" | "open" | "verifying" | "ready" | "failed" | "cancelled";

export type FileJob = {
  readonly id: string;
  readonly transfer: TransferJob;
  readonly index: number;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Its bytes; none where it was begun before and has not been found again, or is stored. */
  blob: Blob | undefined;
  readonly origin: FileOrigin | undefined;
  readonly reservation: ReserveFile;
  readonly plan: Plan;
  phase: Phase;
  /** Raised by whatever makes earlier work void; results of an older generation are dropped. */
  generation: number;
  ordinal: number | undefined;
  /** The next part to hash, counted from 1. */
  nextPart: number;
  /** By part, the first at 0; with holes where a part is not hashed yet. */
  crcs: (bigint | undefined)[];
  /** Checksums of parts that S3 has, but of which it is not proved yet that they are this file's. */
  held: Map<number, bigint>;
  fingerprint: string | undefined;
  /** How often it was asked anew what S3 has of it. */
  syncs: number;
  /** Numbers of the parts that S3 has. */
  stored: Set<number>;
  /** Of the parts that S3 is said to have, but of which it is not proved yet that they are this file's; counted as sent. */
  presumed: Set<number>;
  /** Of the whole, once every part is there. */
  crc: bigint | undefined;
  /** Bytes, with those under way. */
  sent: number;
  hashing: number;
  sending: number;
  /** Parts that wait for the network before their next attempt. */
  waiting: number;
  error: VisibleError | undefined;
  /** Whether another try needs a new place in the transfer: what is at the old one can't be made right. */
  startAfresh: boolean;
};

export type PartJob = {
  readonly file: FileJob;
  readonly generation: number;
  readonly number: number;
  /** The file's bytes at the time, and those of the part. */
  readonly whole: Blob;
  readonly body: Blob;
  crc: bigint;
  signed: { answer: SignOutput; signature: string; at: number } | undefined;
  /** Bytes under way in the present attempt. */
  loaded: number;
  /** Failed attempts, by their kind. */
  unanswered: number;
  refusals: number;
  unauthorized: number;
  /** How many times the usual time its connection may stand still. */
  stallFactor: number;
};

/** A reservation on its way. It keeps its token until it is answered, so that repeating it is harmless. */
export type Batch = { token: string; files: FileJob[]; firstOrdinal: number | undefined };

export type SealWaiter = { resolve(): void; reject(error: VisibleError): void };

export type TransferJob = {
  readonly id: string;
  /** The caller's own, kept with the journal. */
  about: unknown;
  beganAt: number;
  /** Lets go of the transfer, so that another tab may have it. */
  release: () => void;
  readonly files: FileJob[];
  readonly taken: TakenPaths;
  readonly meter: SpeedMeter;
  toReserve: FileJob[];
  /** Reservations that are made in this composition, because a larger one was refused. */
  splits: FileJob[][];
  batch: Batch | undefined;
  nextOrdinal: number;
  /** Files of which it is asked what S3 has, before they go on. */
  toSync: FileJob[];
  toHash: FileJob[];
  hashed: PartJob[];
  ready: PartJob[];
  toComplete: FileJob[];
  toCancel: number[];
  /** Calls under way. */
  reserving: boolean;
  hashing: number;
  syncing: boolean;
  signing: boolean;
  completing: number;
  cancelling: boolean;
  sealing: boolean;
  signCalls: number;
  expiresIn: number;
  /** Set once the oldest file to complete has waited long enough for others to join it. */
  completeDue: boolean;
  gathering: boolean;
  sealWanted: boolean;
  sealed: boolean;
  /** Files that the seal missed were completed again, which is tried once. */
  recompleted: boolean;
  sealWaiters: SealWaiter[];
  /** Files in each phase. */
  phases: Record<Phase, number>;
  bytesTotal: number;
  bytesSent: number;
  /** Bytes that are not on their way because their file failed. */
  bytesStuck: number;
  /** Raised by every change to any of its files. */
  version: number;
  /** Waits for a person, because of `problem`. */
  halted: boolean;
  problem: VisibleError | undefined;
};

export function newTransfer(id: string, beganAt: number): TransferJob {
  return {
    id,
    about: undefined,
    beganAt,
    release: () => undefined,
    files: [],
    taken: new Map(),
    meter: new SpeedMeter(),
    toReserve: [],
    splits: [],
    batch: undefined,
    nextOrdinal: 0,
    toSync: [],
    toHash: [],
    hashed: [],
    ready: [],
    toComplete: [],
    toCancel: [],
    reserving: false,
    hashing: 0,
    syncing: false,
    signing: false,
    completing: 0,
    cancelling: false,
    sealing: false,
    signCalls: 0,
    expiresIn: 900,
    completeDue: false,
    gathering: false,
    sealWanted: false,
    sealed: false,
    recompleted: false,
    sealWaiters: [],
    phases: { missing: 0, open: 0, verifying: 0, ready: 0, failed: 0, cancelled: 0 },
    bytesTotal: 0,
    bytesSent: 0,
    bytesStuck: 0,
    version: 0,
    halted: false,
    problem: undefined,
  };
}

/** A file as a caller hands it over. `path` is relative, with `/` between folders. */
export type UploadSource = { path: string; blob: Blob; lastModified?: number; type?: string; origin?: FileOrigin };

/** Milliseconds since 1970, where the file has a date. */
export function dateOf({ blob, lastModified }: UploadSource): number | undefined {
  const date = lastModified ?? ("lastModified" in blob ? Number(blob.lastModified) : undefined);
  return date !== undefined && date >= 0 ? Math.floor(date) : undefined;
}

/** A file of which nothing has been done; `speed` of a connection in bytes a second decides how it is cut. */
export function newFile(transfer: TransferJob, path: string, source: UploadSource, speed: number): FileJob {
  const { blob, origin } = source;
  const lastModified = dateOf(source);
  return fileOf(transfer, blob, {
    path,
    size: blob.size,
    type: (source.type ?? blob.type).slice(0, 255),
    partSize: planParts(blob.size, speed).partSize,
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(origin ? { origin } : {}),
  });
}

/** A file that was begun before: its plan is kept, its bytes are still to be found. */
export const keptFile = (transfer: TransferJob, kept: KeptFile): FileJob => fileOf(transfer, undefined, kept);

function fileOf(transfer: TransferJob, blob: Blob | undefined, kept: KeptFile): FileJob {
  const { path, size, type, partSize, lastModified, ordinal, fingerprint, origin } = kept;
  const index = transfer.files.length;
  return {
    id: `${transfer.id}/${index}`,
    transfer,
    index,
    path,
    size,
    blob,
    origin,
    reservation: { path, size, type, partSize, ...(lastModified === undefined ? {} : { lastModified }) },
    plan: { partSize, partCount: countParts(size, partSize) },
    phase: blob ? "open" : "missing",
    generation: 0,
    ordinal,
    nextPart: 1,
    crcs: [],
    held: new Map(),
    fingerprint,
    syncs: 0,
    stored: new Set(),
    presumed: new Set(),
    crc: undefined,
    sent: 0,
    hashing: 0,
    sending: 0,
    waiting: 0,
    error: undefined,
    startAfresh: false,
  };
}

export function newPart(file: FileJob, blob: Blob, number: number): PartJob {
  const { start, end } = partRange(file.plan, file.size, number);
  return {
    file,
    generation: file.generation,
    number,
    whole: blob,
    body: blob.slice(start, end),
    crc: 0n,
    signed: undefined,
    loaded: 0,
    unanswered: 0,
    refusals: 0,
    unauthorized: 0,
    stallFactor: 1,
  };
}

export const isStale = (part: PartJob): boolean => part.generation !== part.file.generation;

/** The app is asked to forget a cancelled file, once nothing of it can reach S3 any more. */
export function takeOut({ phase, ordinal, transfer }: FileJob): void {
  if (phase === "cancelled" && ordinal !== undefined) transfer.toCancel.push(ordinal);
}
