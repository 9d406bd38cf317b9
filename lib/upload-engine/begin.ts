import { randomToken } from "../kernel/id.ts";
import type { BeginInput, BeginOutput } from "../uploads/upload-protocol.schema.ts";
import { reserveCount } from "./batches.ts";
import type { Core } from "./core.ts";
import { crcToBase64 } from "./crc64nvme.ts";
import { asVisible } from "./errors.ts";
import { type FileJob, newPart, type TransferJob } from "./job.ts";
import { signaturesPerReservation } from "./reserve-lane.ts";

/** A part whose checksum was known before its transfer was: of the file at `file`, counted from 0. */
type PrehashedPart = { file: number; part: number; checksum: bigint };

export type Begun = BeginOutput & { prehashed: PrehashedPart[] };

/**
 * Asks the app for a transfer that holds the first of these files already, cut as they will be sent, with signatures for
 * what was hashed while the person wrote. A refusal for what one of the files is leads to an empty transfer: its own
 * reservation will say which it is.
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

/** The transfer's first files have their places, and what is signed can be sent. */
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

/** Of each file the parts from the first on whose checksums are known, as many as keep the connections busy. */
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
