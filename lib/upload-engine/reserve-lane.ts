import type { ReserveOutput } from "../files/upload-protocol.schema.ts";
import type { VisibleError } from "../kernel/errors.ts";
import { randomToken } from "../kernel/id.ts";
import { MAX_CANCEL_FILES, MAX_RESERVE_FILES, reserveCount } from "./batches.ts";
import type { Core } from "./core.ts";
import { crcToBase64 } from "./crc64nvme.ts";
import { type FileJob, isStale, type PartJob, type TransferJob } from "./job.ts";
import { takeSignatures } from "./sign-lane.ts";

/** Gives files their places in the transfer, one batch after another. */
export function reserveLane(core: Core): void {
  for (const transfer of core.running()) {
    if (transfer.reserving) continue;
    transfer.batch ??= nextBatch(transfer);
    if (transfer.batch) void reserve(core, transfer, transfer.batch);
  }
}

function nextBatch(transfer: TransferJob): TransferJob["batch"] {
  const open = (file: FileJob) => file.phase === "open" && file.ordinal === undefined;
  for (;;) {
    const split = transfer.splits.shift();
    if (!split) break;
    const files = split.filter(open);
    if (files.length > 0) return { token: randomToken(), files, firstOrdinal: undefined };
  }
  transfer.toReserve = transfer.toReserve.filter(open);
  const count = reserveCount(transfer.toReserve.slice(0, MAX_RESERVE_FILES).map((file) => file.reservation));
  if (count === 0) return undefined;
  return { token: randomToken(), files: transfer.toReserve.splice(0, count), firstOrdinal: undefined };
}

async function reserve(core: Core, transfer: TransferJob, batch: NonNullable<TransferJob["batch"]>): Promise<void> {
  transfer.reserving = true;
  batch.firstOrdinal ??= transfer.nextOrdinal;
  const files = batch.files.map((file) => file.reservation);
  const parts = takeHashed(transfer, batch.files, signatureRoom(core));
  const sign = parts.map(({ file, number, crc }) => ({
    file: batch.files.indexOf(file),
    part: number,
    crc64: crcToBase64(crc),
  }));
  try {
    const answer = await core.tools.protocol.reserve(
      { transferId: transfer.id, firstOrdinal: batch.firstOrdinal, batch: batch.token, files, sign },
      core.ended,
    );
    transfer.batch = undefined;
    takePlaces(core, transfer, batch.files, answer);
    if (answer.signed) takeSignatures(core, transfer, parts, answer.signed);
  } catch (thrown) {
    transfer.hashed.unshift(...parts.filter((part) => !isStale(part)));
    const error = core.haltOn(transfer, thrown);
    if (error) refused(core, transfer, batch, error);
  } finally {
    transfer.reserving = false;
    core.pump();
  }
}

/** These files have their places in the transfer; those that were given up meanwhile are taken out again. */
export function takePlaces(
  core: Core,
  transfer: TransferJob,
  files: readonly FileJob[],
  { firstOrdinal, nextOrdinal }: ReserveOutput,
): void {
  transfer.nextOrdinal = nextOrdinal;
  for (const [index, file] of files.entries()) {
    const ordinal = firstOrdinal + index;
    if (file.phase === "cancelled" || file.phase === "failed") transfer.toCancel.push(ordinal);
    else {
      file.ordinal = ordinal;
      core.tools.journalWriter.saveFile(file);
    }
  }
}

/** Parts that a reservation has signed: as many as keep the connections busy for a while. */
export const signatureRoom = (core: Core): number => 3 * core.tools.concurrency();

/** The first parts of these files whose checksums are known already, `most` at most. */
function takeHashed(transfer: TransferJob, files: FileJob[], most: number): PartJob[] {
  const inBatch = new Set(files);
  const parts = transfer.hashed.filter((part) => !isStale(part) && inBatch.has(part.file)).slice(0, most);
  const taken = new Set(parts);
  transfer.hashed = transfer.hashed.filter((part) => !taken.has(part));
  if (parts.length > 0) transfer.signCalls++;
  return parts;
}

/** Another sender was first: the same batch goes on from there. One bad file: halves find it. Else all its files fail. */
function refused(
  core: Core,
  transfer: TransferJob,
  batch: NonNullable<TransferJob["batch"]>,
  error: VisibleError,
): void {
  const next = error.details?.nextOrdinal;
  if (error.code === "OrdinalTaken" && typeof next === "number" && next !== batch.firstOrdinal) {
    transfer.nextOrdinal = next;
    batch.firstOrdinal = next;
    return;
  }
  transfer.batch = undefined;
  const culprit = typeof error.details?.file === "number" ? batch.files[error.details.file] : undefined;
  if (culprit) {
    core.fail(culprit, error);
    transfer.splits.unshift(batch.files.filter((file) => file !== culprit));
    return;
  }
  if (error.code === "InvalidInput" && batch.files.length > 1) {
    const middle = Math.ceil(batch.files.length / 2);
    transfer.splits.unshift(batch.files.slice(0, middle), batch.files.slice(middle));
    return;
  }
  for (const file of batch.files) core.fail(file, error);
}

/** Takes files out of the transfer again. */
export function cancelLane(core: Core): void {
  for (const transfer of core.running()) {
    if (!transfer.cancelling && transfer.toCancel.length > 0) void cancel(core, transfer);
  }
}

async function cancel(core: Core, transfer: TransferJob): Promise<void> {
  transfer.cancelling = true;
  const ordinals = transfer.toCancel.splice(0, MAX_CANCEL_FILES);
  try {
    await core.tools.protocol.cancel({ transferId: transfer.id, ordinals }, core.ended);
  } catch (thrown) {
    const error = core.haltOn(transfer, thrown);
    if (error) transfer.problem = error;
    else transfer.toCancel.unshift(...ordinals);
    core.changed(transfer);
  } finally {
    transfer.cancelling = false;
    core.pump();
  }
}
