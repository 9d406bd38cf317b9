import type { BeginInput, BeginOutput } from "../files/upload-protocol.schema.ts";
import { randomToken } from "../kernel/id.ts";
import { reserveCount } from "./batches.ts";
import type { Core } from "./core.ts";
import { crcToBase64 } from "./crc64nvme.ts";
import { asVisible } from "./errors.ts";
import { keepFingerprint } from "./hash-lane.ts";
import { type FileJob, newPart, type TransferJob } from "./job.ts";
import { signatureRoom, takePlaces } from "./reserve-lane.ts";
import { takeSignatures } from "./sign-lane.ts";

/** A part whose checksum was known before its transfer was: of the file at `file`, counted from 0. */
type Known = { file: number; part: number; crc: bigint };

export type Begun = BeginOutput & { known: Known[] };

/**
 * Asks the app for a transfer that holds the first of these files already, cut as they will be sent, with signatures for
 * what was hashed while the person wrote. A refusal for what one of the files is leads to an empty transfer: its own
 * reservation will say which it is.
 */
export async function begin(core: Core, transfer: BeginInput["transfer"], files: readonly FileJob[]): Promise<Begun> {
  const first = files.slice(0, reserveCount(files.map((file) => file.reservation)));
  const known = knownParts(core, first);
  const sign = known.map(({ file, part, crc }) => ({ file, part, crc64: crcToBase64(crc) }));
  const call = (input: Pick<BeginInput, "files" | "sign">) =>
    core.tools.protocol.begin({ transfer, batch: randomToken(), ...input }, core.ended);
  try {
    return { ...(await call({ files: first.map((file) => file.reservation), sign })), known };
  } catch (thrown) {
    const { code, details } = asVisible(thrown);
    if (code !== "InvalidInput" || String(details?.path ?? "").startsWith("transfer")) throw thrown;
    return { ...(await call({ files: [] })), known: [] };
  }
}

/** The transfer's first files have their places, and what is signed can be sent. */
export function takeBegun(core: Core, transfer: TransferJob, { reserved, known }: Begun): void {
  if (!reserved) return;
  const files = transfer.toReserve.splice(0, reserved.nextOrdinal);
  takePlaces(core, transfer, files, reserved);
  if (!reserved.signed) return;
  const parts = known.flatMap(({ file: index, part: number, crc }) => {
    const file = files[index];
    if (!file?.blob) return [];
    const part = newPart(file, file.blob, number);
    part.crc = crc;
    file.crcs[number - 1] = crc;
    file.nextPart = number + 1;
    keepFingerprint(core, part);
    return part;
  });
  transfer.signCalls++;
  takeSignatures(core, transfer, parts, reserved.signed);
}

/** Of each file the parts from the first on whose checksums are known, as many as keep the connections busy. */
function knownParts(core: Core, files: readonly FileJob[]): Known[] {
  const known: Known[] = [];
  for (const [file, { blob, plan }] of files.entries()) {
    for (let part = 1; blob && part <= plan.partCount; part++) {
      const crc = core.tools.prehash.find(blob, part, plan.partSize);
      if (crc === undefined) break;
      if (known.length === signatureRoom(core)) return known;
      known.push({ file, part, crc });
    }
  }
  return known;
}
