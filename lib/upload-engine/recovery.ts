import { mapConcurrently } from "../kernel/concurrency.ts";
import { VisibleError } from "../kernel/errors.ts";
import { baseName } from "../kernel/file-name.ts";
import { hasArrived, isGone } from "../kernel/file-states.ts";
import type { StatusOutput } from "../uploads/upload-protocol.schema.ts";
import type { Core } from "./core.ts";
import { crcFromHex } from "./crc64nvme.ts";
import { asVisible, SentElsewhere } from "./errors.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type FileJob, keptFile, newTransfer, type TransferJob } from "./job.ts";
import type { KeptFile, KeptTransfer } from "./journal.ts";
import { uniquePath } from "./names.ts";
import { fittingParts } from "./sync-lane.ts";
import { dateOf, type UploadSource } from "./upload-source.ts";

/** How many files are looked for on disk at a time. */
const CONCURRENT_LOOKUPS = 16;
/** For how many files the app is asked how much has arrived, before they are picked again. */
const MAX_STATUS_CALLS = 200;
const CONCURRENT_STATUS_CALLS = 3;

/** A transfer that was begun in this browser and is not finished. `elsewhere`: another tab is sending it. */
export type Unfinished = Pick<KeptTransfer, "id" | "about" | "files" | "bytes" | "beganAt"> & { elsewhere: boolean };

/** The result of offering files: how many continue, and why the others don't. */
export type Supplied = { accepted: number; refused: { path: string; message: string }[] };

export async function listUnfinished(core: Core): Promise<Unfinished[]> {
  const { journal, locks } = core.tools;
  const [kept, claimed] = await Promise.all([journal?.list().catch(() => []) ?? [], locks.claimed()]);
  return kept
    .filter(({ id }) => !core.transfers.has(id))
    .map(({ id, about, files, bytes, beganAt }) => ({ id, about, files, bytes, beganAt, elsewhere: claimed.has(id) }));
}

type Row = StatusOutput["files"][number];

/**
 * Continues a transfer that was begun before, here or on another device, with what the journal of this browser and the
 * app know of it. Files that can be found again continue at once; the others are missing until they are supplied.
 */
export async function reopen(core: Core, id: string, about: unknown): Promise<void> {
  if (core.transfers.has(id)) return;
  const { journal, journalWriter, locks, runtime } = core.tools;
  const releaseLock = await locks.claim(id);
  if (!releaseLock) throw new SentElsewhere();
  let transfer: TransferJob;
  try {
    const [kept, app] = await Promise.all([
      journal?.read(id).catch(() => undefined),
      readStatus(core, id).catch((error: unknown) => forgetWhenGone(core, id, error)),
    ]);
    if (app.state !== "draft" && app.state !== "uploading") throw forgetClosed(core, id, app.state);
    transfer = newTransfer(id, kept?.transfer?.beganAt ?? runtime.now(), {
      releaseLock,
      about: about ?? kept?.transfer?.about,
      sealRequested: kept?.transfer?.sealWhenDone ?? true,
    });
    core.lanes.reserve.setNextOrdinal(transfer, app.nextOrdinal);
    restoreFiles(core, transfer, kept?.files ?? [], app.rows);
    for (const { file, part, crc } of kept?.parts ?? []) {
      const job = transfer.files[file];
      if (job?.phase === "missing") core.recordChecksum(job, part, crcFromHex(crc));
    }
  } catch (error) {
    releaseLock();
    throw error;
  }
  // Another call of this tab can't have reopened it meanwhile, because this one had the lock.
  core.transfers.set(id, transfer);
  presumeFromJournal(core, transfer);
  journalWriter.saveTransfer(transfer);
  for (const file of transfer.files) journalWriter.saveFile(file);
  core.changed(transfer);
  await lookForFiles(core, transfer);
  core.wakeLanes();
  void presumeFromStatus(core, transfer);
}

/** Counts the parts that S3 has according to the journal. */
function presumeFromJournal(core: Core, transfer: TransferJob): void {
  for (const file of transfer.files) {
    if (file.phase !== "missing" || file.ordinal === undefined) continue;
    const parts = file.checksums.flatMap((checksum, index) => (checksum === undefined ? [] : [index + 1]));
    core.presume(file, new Map(parts.map((part) => [part, undefined])));
  }
}

/** Asks S3 about files that were sent from elsewhere and must be picked again, so that the progress is correct. */
async function presumeFromStatus(core: Core, transfer: TransferJob): Promise<void> {
  const isUnknown = (file: FileJob) => file.phase === "missing" && file.presumed.size === 0;
  const files = transfer.files.filter((file) => isUnknown(file) && file.plan.partCount > 1).slice(0, MAX_STATUS_CALLS);
  await mapConcurrently(files, CONCURRENT_STATUS_CALLS, async (file) => {
    if (file.ordinal === undefined || !isUnknown(file)) return;
    const query = { transferId: transfer.id, ordinal: file.ordinal };
    const { parts = [] } = await core.tools.protocol.status(query, core.signal).catch(() => ({ parts: [] }));
    if (isUnknown(file)) core.presume(file, new Map(fittingParts(file, parts).map(({ part }) => [part, undefined])));
  });
}

async function readStatus(core: Core, transferId: string) {
  const rows: Row[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await core.tools.protocol.status({ transferId, ...(cursor ? { cursor } : {}) }, core.signal);
    rows.push(...page.files);
    cursor = page.cursor;
    if (cursor === undefined) return { ...page.transfer, rows };
  }
}

/** If the app does not know the transfer any more, or not for this person, it is deleted from the journal. */
function forgetWhenGone(core: Core, transferId: string, thrown: unknown): never {
  const error = asVisible(thrown);
  if (error.status === 404 || error.status === 410) core.tools.journalWriter.forget(transferId);
  throw error;
}

function forgetClosed(core: Core, transferId: string, state: string): VisibleError {
  core.tools.journalWriter.forget(transferId);
  return state === "sealed" || state === "ready"
    ? new VisibleError("TransferSealed", 409, "This transfer is finished: all of it has arrived.")
    : new VisibleError(
        "TransferClosed",
        410,
        "This transfer has expired or was deleted. Nothing more can be sent to it.",
      );
}

/** The journal's files at their old positions, then those that only the app knows. */
function restoreFiles(core: Core, transfer: TransferJob, kept: KeptFile[], rows: Row[]): void {
  const byOrdinal = new Map(rows.map((row) => [row.ordinal, row]));
  const unclaimed = new Set(kept.map(({ ordinal }) => ordinal));
  // Reserved just before the tab was closed, so that the journal does not have its ordinal.
  const byPath = new Map(rows.filter((row) => !unclaimed.has(row.ordinal)).map((row) => [row.path, row]));
  for (const file of kept) {
    const row = file.ordinal === undefined ? byPath.get(file.path.normalize("NFC")) : byOrdinal.get(file.ordinal);
    const same = row?.size === file.size && row.partSize === file.partSize ? row : undefined;
    if (same) byOrdinal.delete(same.ordinal);
    restoreFile(
      core,
      transfer,
      same ? { ...file, ordinal: same.ordinal } : file,
      file.cancelled ? "cancelled" : same?.state,
    );
  }
  for (const row of byOrdinal.values()) {
    if (!isGone(row.state)) restoreFile(core, transfer, { ...row, type: "" }, row.state);
  }
}

function restoreFile(core: Core, transfer: TransferJob, kept: KeptFile, state: Row["state"] | undefined): void {
  const phase = hasArrived(state) ? "ready" : state !== undefined && isGone(state) ? "cancelled" : "missing";
  const file = keptFile(transfer, kept, phase);
  uniquePath(file.path, transfer.takenPaths);
  core.addFile(file);
}

/** A file whose origin is known need not be picked. */
async function lookForFiles(core: Core, transfer: TransferJob): Promise<void> {
  const missing = transfer.files.filter(({ phase, origin }) => phase === "missing" && origin);
  const { origins } = core.tools;
  const permitted = await origins.permit(missing.map(({ origin }) => origin));
  await mapConcurrently(missing, CONCURRENT_LOOKUPS, async (file) => {
    const blob = permitted.has(file.origin) ? await origins.open(file.origin) : undefined;
    if (blob) await acceptIfSame(core, file, { path: file.path, blob });
  });
}

/**
 * Matches the given files with the missing ones, by path or else by name and size. A file must be proved to be the
 * same.
 */
export async function supply(core: Core, transfer: TransferJob, sources: readonly UploadSource[]): Promise<Supplied> {
  const missing = new Set(transfer.files.filter(({ phase }) => phase === "missing"));
  const result: Supplied = { accepted: 0, refused: [] };
  for (const source of sources) {
    const file = findMissing(missing, source);
    const message = file ? await acceptIfSame(core, file, source) : "It is not one of the files that are missing.";
    if (message !== undefined) result.refused.push({ path: source.path, message });
    else if (file) {
      missing.delete(file);
      result.accepted++;
    }
  }
  core.wakeLanes();
  return result;
}

const nameOf = (path: string): string => baseName(path.normalize("NFC"));

function findMissing(missing: Set<FileJob>, { path, blob }: UploadSource): FileJob | undefined {
  const candidates = [...missing];
  const wanted = path.normalize("NFC");
  const exact = candidates.find((file) => file.path.normalize("NFC") === wanted);
  if (exact) return exact;
  const named = candidates.filter((file) => nameOf(file.path) === nameOf(path));
  return named.find((file) => file.size === blob.size) ?? named[0];
}

/** Continues the file if these are its bytes; else returns the reason in a sentence. */
async function acceptIfSame(core: Core, file: FileJob, source: UploadSource): Promise<string | undefined> {
  const { blob } = source;
  if (blob.size !== file.size) {
    return `It has ${blob.size.toLocaleString("en")} bytes; the one that was begun has ${file.size.toLocaleString("en")}.`;
  }
  if (file.fingerprint !== undefined) {
    try {
      const fingerprint = await fingerprintOf(core.tools.hasher, blob, file.path);
      if (fingerprint !== file.fingerprint) return "It has the same size as the one that was begun, but other bytes.";
    } catch (error) {
      return asVisible(error).message;
    }
  }
  if (file.phase !== "missing") return undefined;
  // Samples do not prove that a file that was written again is the same, and there may be none: then all of its bytes
  // are compared with S3's parts.
  const checksumsHold = file.fingerprint !== undefined && dateOf(source) === file.reservation.lastModified;
  core.supply(file, blob, { checksumsHold });
  return undefined;
}
