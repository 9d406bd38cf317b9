import { MAX_SIGN_PARTS } from "./batches.ts";
import type { Core } from "./core.ts";
import { asVisible, OtherFile } from "./errors.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type FileJob, isStale, newPart, type PartJob, type TransferJob } from "./job.ts";

/**
 * How far hashing runs ahead of sending: so far that signing is done in batches and never waited for, and no farther,
 * because hashing takes the processor from what is being sent. Small files are hashed farther ahead.
 */
const AHEAD_PER_CONNECTION = 3;
const AHEAD_PARTS = 128;
const AHEAD_BYTES_PER_CONNECTION = 48 * 1024 ** 2;

/**
 * Computes checksums of parts, in the order of files and parts, a bounded way ahead of the connections. Those that were
 * computed before their file was added cost nothing more: of these as many are taken as a call has signed.
 */
export function hashLane(core: Core): void {
  for (const transfer of core.running()) {
    for (let file = nextFile(transfer); file?.blob; file = nextFile(transfer)) {
      const { blob, nextPart, plan, held } = file;
      const known = held.size > 0 ? undefined : core.tools.prehash.find(blob, nextPart, plan.partSize);
      if (known === undefined ? !mayHash(core) : transfer.hashed.length + transfer.ready.length >= MAX_SIGN_PARTS)
        break;
      const part = newPart(file, blob, file.nextPart++);
      if (known === undefined) void hash(core, part);
      else {
        take(core, part, known);
        keepFingerprint(core, part);
      }
    }
  }
}

const mayHash = (core: Core): boolean => core.hashing < core.tools.hasher.concurrency && mayRunAhead(core);

function mayRunAhead(core: Core): boolean {
  let parts = core.hashing;
  let bytes = 0;
  for (const { hashed, ready } of core.transfers.values()) {
    parts += hashed.length + ready.length;
    for (const part of hashed) bytes += part.body.size;
    for (const part of ready) bytes += part.body.size;
  }
  const connections = core.tools.concurrency();
  return (
    parts < AHEAD_PER_CONNECTION * connections ||
    (parts < AHEAD_PARTS && bytes < AHEAD_BYTES_PER_CONNECTION * connections)
  );
}

/** True while this transfer's hasher will bring another part without anything else having to happen. */
export const isHashing = (core: Core, transfer: TransferJob): boolean =>
  transfer.hashing > 0 || (transfer.toHash.some((file) => file.phase === "open") && mayRunAhead(core));

/** The file whose part `nextPart` is the next to be hashed. */
function nextFile(transfer: TransferJob): FileJob | undefined {
  for (;;) {
    const file = transfer.toHash[0];
    if (!file) return undefined;
    while (file.stored.has(file.nextPart)) file.nextPart++;
    if (file.phase === "open" && file.blob && file.nextPart <= file.plan.partCount) {
      return file;
    }
    transfer.toHash.shift();
  }
}

/** S3 has these very bytes already. */
function prove(core: Core, { file, number, crc }: PartJob): void {
  file.held.delete(number);
  core.have(file, number);
  core.tools.journalWriter.savePart(file, number, crc);
  if (file.stored.size === file.plan.partCount) core.verify(file);
}

/** The part's checksum is known: it can be signed, unless S3 has the part already. */
function take(core: Core, part: PartJob, crc: bigint): void {
  const { file } = part;
  part.crc = crc;
  file.crcs[part.number - 1] = crc;
  const held = file.held.get(part.number);
  if (held === undefined) file.transfer.hashed.push(part);
  else if (held === crc) prove(core, part);
  else core.fail(file, new OtherFile(file.path));
}

/** Proves after a crash that a file picked again is the same; S3 knows the checksums of whole parts alone. */
async function takeFingerprint(core: Core, { file, whole }: PartJob): Promise<void> {
  if (file.plan.partCount === 1 || file.fingerprint !== undefined) return;
  const fingerprint = await fingerprintOf(core.tools.hasher, whole, file.path);
  if (file.fingerprint !== undefined || file.blob !== whole) return;
  file.fingerprint = fingerprint;
  core.tools.journalWriter.saveFile(file);
}

/** As `takeFingerprint`, once, for a file of which the parts were hashed before it was added. */
export function keepFingerprint(core: Core, part: PartJob): void {
  if (part.number > 1) return;
  void takeFingerprint(core, part).catch((error: unknown) => unreadable(core, part, error));
}

function unreadable(core: Core, part: PartJob, error: unknown): void {
  if (!isStale(part) && !core.ended.aborted) core.fail(part.file, asVisible(error));
}

async function hash(core: Core, part: PartJob): Promise<void> {
  const { file } = part;
  core.hashing++;
  file.transfer.hashing++;
  file.hashing++;
  core.changed(file.transfer);
  try {
    // A file of one part is read as a whole, not as a slice: so Firefox tells where it has grown.
    const crc = await core.tools.hasher.hash(file.plan.partCount === 1 ? part.whole : part.body, file.path);
    if (isStale(part)) return;
    take(core, part, crc);
    core.pump();
    await takeFingerprint(core, part);
  } catch (error) {
    unreadable(core, part, error);
  } finally {
    core.hashing--;
    file.transfer.hashing--;
    file.hashing--;
    core.changed(file.transfer);
    core.pump();
  }
}
