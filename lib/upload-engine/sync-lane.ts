import type { StatusOutput } from "../files/upload-protocol.schema.ts";
import { hasArrived, isComing } from "../kernel/file-states.ts";
import type { Core } from "./core.ts";
import { crcFromBase64 } from "./crc64nvme.ts";
import { ProtocolError } from "./errors.ts";
import type { FileJob } from "./job.ts";
import { partRange } from "./plan.ts";

type Parts = NonNullable<StatusOutput["parts"]>;

/** How often a file may find that S3 has not what we thought, before a person is told. */
const MAX_SYNCS = 3;

/** Asks what S3 has of files that were begun before, or of which it has forgotten something; then they go on from there. */
export function syncLane(core: Core): void {
  for (const transfer of core.running()) {
    transfer.toSync = transfer.toSync.filter((file) => file.phase === "open");
    if (transfer.syncing) continue;
    const file = transfer.toSync.shift();
    if (file) void sync(core, file);
  }
}

/** S3 has not what we thought it has. False when that has happened too often. */
export function syncAgain(core: Core, file: FileJob): boolean {
  if (++file.syncs > MAX_SYNCS) return false;
  core.void(file);
  core.forgetSent(file);
  if (file.phase !== "open") core.enter(file, "open");
  const { transfer } = file;
  transfer.toHash = transfer.toHash.filter((other) => other !== file);
  transfer.toSync.push(file);
  core.pump();
  return true;
}

async function sync(core: Core, file: FileJob): Promise<void> {
  const { transfer, generation, ordinal } = file;
  if (ordinal === undefined) return;
  transfer.syncing = true;
  const isCurrent = () => file.generation === generation && file.phase === "open";
  try {
    const status = await core.tools.protocol.status({ transferId: transfer.id, ordinal }, core.ended);
    if (isCurrent()) take(core, file, status);
  } catch (thrown) {
    const error = core.haltOn(transfer, thrown);
    if (error) core.fail(file, error);
    else if (isCurrent()) transfer.toSync.unshift(file);
  } finally {
    transfer.syncing = false;
    core.pump();
  }
}

/** What S3 has, as far as it fits how the file is cut. */
export function partsOf({ plan, size: whole }: FileJob, parts: Parts): Parts {
  return parts.filter(({ part, size }) => {
    const { start, end } = partRange(plan, whole, part);
    return part <= plan.partCount && size === end - start;
  });
}

function take(core: Core, file: FileJob, { files, parts = [] }: StatusOutput): void {
  const state = files[0]?.state;
  if (hasArrived(state)) {
    for (let number = 1; number <= file.plan.partCount; number++) core.have(file, number);
    core.enter(file, "ready");
    return;
  }
  if (!isComing(state)) {
    core.fail(file, new ProtocolError("FileGone", 409, "This file was taken out of the transfer meanwhile."));
    return;
  }
  for (const { part, crc64 } of partsOf(file, parts)) {
    const crc = crc64 === "" ? undefined : crcFromBase64(crc64);
    const known = file.crcs[part - 1];
    if (crc !== undefined && known === crc) core.have(file, part);
    // What S3 has of a part that is known to be otherwise is sent again.
    else if (known === undefined && crc !== undefined) file.held.set(part, crc);
  }
  core.presumeOnly(file, new Set(file.held.keys()));
  for (const part of file.held.keys()) core.presume(file, part);
  file.nextPart = 1;
  if (file.stored.size === file.plan.partCount) core.verify(file);
  else file.transfer.toHash.push(file);
}
