import type { VisibleError } from "../kernel/errors.ts";
import { hasArrived } from "../kernel/file-states.ts";
import { MAX_COMPLETE_FILES } from "./batches.ts";
import type { Core } from "./core.ts";
import { crcToBase64 } from "./crc64nvme.ts";
import { ProtocolError } from "./errors.ts";
import type { FileJob, TransferJob } from "./job.ts";
import { syncAgain } from "./sync-lane.ts";

/** How long a finished file waits for others to be completed in the same call, in milliseconds. */
const GATHER_MS = 400;
/** Two, so that a file of thousands of parts does not hold up small ones. */
const MAX_COMPLETING = 2;

/** Has finished files checked and made, many in a call, while others are still being sent. */
export function completeLane(core: Core): void {
  for (const transfer of core.running()) {
    transfer.toComplete = transfer.toComplete.filter((file) => file.phase === "verifying");
    const { toComplete, phases } = transfer;
    if (toComplete.length === 0 || transfer.completing >= MAX_COMPLETING) continue;
    if (toComplete.length < MAX_COMPLETE_FILES && phases.open > 0 && !transfer.completeDue) {
      gather(core, transfer);
      continue;
    }
    transfer.completeDue = false;
    void complete(core, transfer, toComplete.splice(0, MAX_COMPLETE_FILES));
  }
}

function gather(core: Core, transfer: TransferJob): void {
  if (transfer.gathering) return;
  transfer.gathering = true;
  core.tools.runtime.after(GATHER_MS, () => {
    transfer.gathering = false;
    transfer.completeDue = true;
    core.pump();
  });
}

async function complete(core: Core, transfer: TransferJob, files: FileJob[]): Promise<void> {
  transfer.completing++;
  const generations = files.map((file) => file.generation);
  const isCurrent = (file: FileJob, index: number) =>
    file.generation === generations[index] && file.phase === "verifying";
  const claims = files.flatMap(({ ordinal, crc }) =>
    ordinal === undefined || crc === undefined ? [] : [{ ordinal, crc64: crcToBase64(crc) }],
  );
  try {
    const seal = mayBeLast(core, transfer, files);
    const answer = await core.tools.protocol.complete({ transferId: transfer.id, files: claims, seal }, core.ended);
    const results = new Map(answer.files.map((file) => [file.ordinal, file]));
    for (const [index, file] of files.entries()) {
      if (!isCurrent(file, index)) continue;
      const result = file.ordinal === undefined ? undefined : results.get(file.ordinal);
      if (hasArrived(result?.state) && !result?.error) finish(core, file);
      else if (!INCOMPLETE.has(result?.error?.code ?? "") || !syncAgain(core, file)) {
        core.fail(file, asFailure(result?.error));
      }
    }
    if (answer.sealed) core.sealed(transfer);
  } catch (thrown) {
    const error = core.haltOn(transfer, thrown);
    const current = files.filter(isCurrent);
    if (error) for (const file of current) core.fail(file, error);
    else transfer.toComplete.unshift(...current);
  } finally {
    transfer.completing--;
    core.pump();
  }
}

/** Whether nothing is left to do once these files are there, so that the transfer may be sealed by the same call. */
function mayBeLast(core: Core, transfer: TransferJob, files: FileJob[]): boolean {
  const { phases } = transfer;
  return (
    transfer.sealWanted &&
    phases.verifying === files.length &&
    phases.missing + phases.open + phases.failed === 0 &&
    isQuiet(core, transfer)
  );
}

/** Nothing is under way that could bring another file, or take one out. */
const isQuiet = (core: Core, transfer: TransferJob): boolean =>
  !transfer.batch &&
  !transfer.cancelling &&
  transfer.toCancel.length === 0 &&
  ![...core.active].some(({ part }) => part.file.transfer === transfer);

const asFailure = (error: { code: string; message: string } | undefined): ProtocolError =>
  new ProtocolError(
    error?.code ?? "NotStored",
    409,
    error?.message ?? "The storage did not keep this file. Send it again.",
  );

function finish(core: Core, file: FileJob): void {
  file.stored = new Set();
  file.crcs = [];
  core.enter(file, "ready");
}

/** What the app misses when S3 has not all that was sent: another look at S3 puts it right. */
const INCOMPLETE = new Set(["PartsMissing", "NotUploaded"]);

/** Seals a transfer once it is asked for, nothing is under way any more and no file failed. */
export function sealLane(core: Core): void {
  for (const transfer of core.running()) {
    const { phases } = transfer;
    if (!transfer.sealWanted || transfer.sealed || transfer.sealing) continue;
    if (phases.missing + phases.open + phases.verifying > 0 || !isQuiet(core, transfer)) continue;
    if (phases.failed > 0) core.reportFailures(transfer);
    else if (phases.ready > 0 || transfer.sealWaiters.length > 0) void seal(core, transfer);
  }
}

async function seal(core: Core, transfer: TransferJob): Promise<void> {
  transfer.sealing = true;
  core.changed(transfer);
  try {
    await core.tools.protocol.seal({ transferId: transfer.id }, core.ended);
    core.sealed(transfer);
  } catch (thrown) {
    const error = core.haltOn(transfer, thrown);
    if (error && !completeMissing(core, transfer, error)) {
      transfer.sealWanted = false;
      transfer.problem = error;
      core.rejectSeal(transfer, error);
    }
  } finally {
    transfer.sealing = false;
    core.changed(transfer);
    core.pump();
  }
}

/** The app misses files that we saw stored: they are completed once more, which it answers the same. False where it can't help. */
function completeMissing(core: Core, transfer: TransferJob, error: VisibleError): boolean {
  const ordinals = error.details?.ordinals;
  if (error.code !== "FilesMissing" || !Array.isArray(ordinals) || transfer.recompleted) return false;
  transfer.recompleted = true;
  const missing = new Set<unknown>(ordinals);
  const files = transfer.files.filter((file) => file.phase === "ready" && missing.has(file.ordinal));
  for (const file of files) {
    core.enter(file, "verifying");
    transfer.toComplete.push(file);
  }
  return files.length > 0;
}
