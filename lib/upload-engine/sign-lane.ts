import type { SignOutput } from "../files/upload-protocol.schema.ts";
import type { VisibleError } from "../kernel/errors.ts";
import { signCount } from "./batches.ts";
import type { Core } from "./core.ts";
import { crcToBase64 } from "./crc64nvme.ts";
import { isHashing } from "./hash-lane.ts";
import { isStale, type PartJob, type TransferJob } from "./job.ts";

/** Has hashed parts signed, just in time and many at once. */
export function signLane(core: Core): void {
  for (const transfer of core.running()) {
    if (transfer.signing) continue;
    transfer.hashed = transfer.hashed.filter((part) => !isStale(part));
    transfer.ready = transfer.ready.filter((part) => !isStale(part));
    const waiting = transfer.hashed.filter((part) => part.file.ordinal !== undefined);
    const count = signCount({
      waiting: waiting.map((part) => part.body.size),
      moreComing: isHashing(core, transfer),
      ready: transfer.ready.length,
      connections: core.tools.concurrency(),
      calls: transfer.signCalls,
      speed: transfer.meter.speed(core.tools.runtime.now()),
      expiresIn: transfer.expiresIn,
    });
    if (count > 0) void sign(core, transfer, waiting.slice(0, count));
  }
}

async function sign(core: Core, transfer: TransferJob, parts: PartJob[]): Promise<void> {
  const taken = new Set(parts);
  transfer.hashed = transfer.hashed.filter((part) => !taken.has(part));
  transfer.signing = true;
  transfer.signCalls++;
  const wanted = parts.flatMap(({ file, number, crc }) =>
    file.ordinal === undefined ? [] : [{ ordinal: file.ordinal, part: number, crc64: crcToBase64(crc) }],
  );
  try {
    const answer = await core.tools.protocol.sign({ transferId: transfer.id, parts: wanted }, core.ended);
    takeSignatures(core, transfer, parts, answer);
  } catch (thrown) {
    const error = core.haltOn(transfer, thrown);
    if (error) blame(core, transfer, parts, error);
    transfer.hashed.unshift(...parts.filter((part) => !isStale(part)));
  } finally {
    transfer.signing = false;
    core.pump();
  }
}

/** Signed parts may be sent; the answer is in their order. */
export function takeSignatures(core: Core, transfer: TransferJob, parts: PartJob[], answer: SignOutput): void {
  const at = core.tools.runtime.now();
  transfer.expiresIn = answer.expiresIn;
  for (const [index, part] of parts.entries()) {
    const signature = answer.signatures[index];
    if (signature === undefined || isStale(part)) continue;
    part.signed = { answer, signature, at };
    transfer.ready.push(part);
  }
}

/** Fails the files that the refusal is about: the one it names, the whole transfer where that is closed, else all asked for. */
function blame(core: Core, transfer: TransferJob, parts: PartJob[], error: VisibleError): void {
  const named = error.details?.ordinal;
  const files = new Set(parts.map((part) => part.file));
  const culprit = [...files].find((file) => file.ordinal === named);
  if (culprit) core.fail(culprit, error);
  else if (error.code.startsWith("Transfer") || error.status === 403 || error.status === 410)
    core.failAll(transfer, error);
  else for (const file of files) core.fail(file, error);
}

/** The address of a signed part and its headers, put together as the protocol says. */
export function signedRequest(part: PartJob): { url: string; headers: Record<string, string> } | undefined {
  const { signed, file } = part;
  if (!signed || file.ordinal === undefined) return undefined;
  const { answer, signature } = signed;
  const uploadId = answer.uploadIds[file.ordinal];
  const way = uploadId === undefined ? answer.single : answer.multipart;
  const which = uploadId === undefined ? "" : `&partNumber=${part.number}&uploadId=${encodeURIComponent(uploadId)}`;
  return {
    url: `${answer.origin}${answer.prefix}${file.ordinal}?${answer.query}&${way.query}${which}&X-Amz-Signature=${signature}`,
    headers: { ...way.headers, "x-amz-checksum-crc64nvme": crcToBase64(part.crc) },
  };
}

/** Whether the signature holds for a minute more, or for the second half of a shorter life. */
export function isFresh(part: PartJob, now: number): boolean {
  if (!part.signed) return false;
  const { answer, at } = part.signed;
  return now - at < Math.max(answer.expiresIn - 60, answer.expiresIn / 2) * 1000;
}
