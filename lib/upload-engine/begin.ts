import { randomToken } from "../kernel/id.ts";
import type { BeginInput, BeginOutput } from "../uploads/upload-protocol.schema.ts";
import { reserveCount } from "./batches.ts";
import type { Core } from "./core.ts";
import { crcToBase64 } from "./crc64nvme.ts";
import { asVisible } from "./errors.ts";
import { type FileJob, newPart, type TransferJob } from "./job.ts";
import { signaturesPerReservation } from "./reserve-lane.ts";

/** A part whose checksum was known before the transfer existed: of the file with index `file`, counted from 0. */
type PrehashedPart = { file: number; part: number; checksum: bigint };

export type Begun = BeginOutput & { prehashed: PrehashedPart[] };

/**
 * Asks the app for a transfer that already contains the first of these files, divided into the parts that will be sent,
 * with signatures for the parts that were hashed while the person wrote. When the app refuses because of one of the
 * files, it is asked for an empty transfer: the reservation will then show which file it is.
 */
export async function begin(core: Core, transfer: BeginInput["transfer"], files: readonly FileJob[]): Promise<Begun> {
  const first = files.slice(0, reserveCount(files.map((file) => file.reservation)));
  const prehashed = prehashedParts(core, first);
  const sign = prehashed.map(({ file, part, checksum }) => ({ file, part, crc64: crcToBase64(checksum) }));
  const call = (input: Pick<BeginInput, "files" | "sign">) =>
    core.tools.protocol.begin({ transfer, batch: randomToken(), ...input }, core.signal);
  try {
    return { ...(await call({ files: first.map((file) => file.reservation), sign })), prehashed };
  } catch (thrown) {
    const { code, details } = asVisible(thrown);
    if (code !== "InvalidInput" || String(details?.path ?? "").startsWith("transfer")) throw thrown;
    return { ...(await call({ files: [] })), prehashed: [] };
  }
}

/** Takes the app's answer: the transfer's first files have their ordinals, and signed parts can be sent. */
export function acceptBegun({ lanes }: Core, transfer: TransferJob, { reserved, prehashed }: Begun): void {
  if (!reserved) return;
  const files = lanes.reserve.acceptFirst(transfer, reserved);
  if (!reserved.signed) return;
  for (const { file: index, part: number, checksum } of prehashed) {
    const file = files[index];
    if (!file?.blob) continue;
    const part = newPart(file, file.blob, number);
    part.checksum = checksum;
    lanes.hash.acceptPrehashed(part);
    lanes.sign.enqueue(part);
  }
  lanes.sign.accept(transfer, lanes.sign.takeOf(transfer, files, prehashed.length), reserved.signed);
}

/** For each file, its first parts whose checksums are known, as many as keep the connections busy. */
function prehashedParts(core: Core, files: readonly FileJob[]): PrehashedPart[] {
  const parts: PrehashedPart[] = [];
  for (const [file, { blob, plan }] of files.entries()) {
    for (let part = 1; blob && part <= plan.partCount; part++) {
      const checksum = core.tools.prehash.find(blob, part, plan.partSize);
      if (checksum === undefined) break;
      if (parts.length === signaturesPerReservation(core)) return parts;
      parts.push({ file, part, checksum });
    }
  }
  return parts;
}
