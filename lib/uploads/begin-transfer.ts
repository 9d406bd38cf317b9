import { createHash } from "node:crypto";
import { type Authorization, requirePermission } from "#lib/auth/permissions.ts";
import { addFirstRecipients } from "#lib/deliveries/add-first-recipients.ts";
import { type FileRow, putFileRows, rowOf } from "#lib/files/file.store.ts";
import { withoutDuplicates } from "#lib/kernel/address.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { tokenFrom } from "#lib/kernel/id.ts";
import { newTransferRow } from "#lib/transfers/new-transfer.ts";
import { insertTransfer } from "#lib/transfers/quota.store.ts";
import { getTransferRow } from "#lib/transfers/transfer.store.ts";
import { viewTransfer } from "#lib/transfers/transfer.view.ts";
import { getSettings } from "#lib/workspaces/get-workspace.ts";
import { createMultipartUpload } from "./multipart.store.ts";
import { isMultipart, partCount } from "./parts.ts";
import { newFiles, reserveFiles } from "./reserve-files.ts";
import { signPartsOf } from "./sign-parts.ts";
import { PartOutOfRange } from "./upload.errors.ts";
import { BeginInput, type BeginOutput, type ReserveOutput } from "./upload-protocol.schema.ts";

/**
 * Creates a transfer, its links and its first files in one call, and signs parts whose checksums are known, so that
 * bytes are sent after one round trip. Repeating a call with the same `batch` writes what is missing and returns the
 * same transfer. Throws InvalidInput, PartOutOfRange, FileTooLarge, TransferTooLarge and QuotaReached: then nothing is
 * written.
 */
export async function beginTransfer(ctx: Ctx, input: BeginInput): Promise<BeginOutput> {
  const authorized = requirePermission(ctx, "transfer:create");
  const { transfer: details, batch, files, sign = [] } = BeginInput.parse(input);
  const workspace = await getSettings(authorized);
  const now = ctx.clock.now();
  const empty = newTransferRow(authorized, idOf(authorized, batch), details, workspace, { now, origin: ctx.origin });
  const reserved = newFiles(empty, { firstOrdinal: 0, batch, files }, workspace.limits).map(rowOf);
  requireParts(reserved, sign);
  const row = reserved.length === 0 ? empty : { ...empty, ...holding(reserved, batch) };
  const isNew = await insertTransfer(row, workspace.limits);
  const kept = isNew ? row : await getTransferRow(authorized, row.id);
  // The transfer after all of them are written.
  const recipientCount = Math.max(kept.recipientCount ?? 0, withoutDuplicates(details.recipients).length);
  const answer = { transfer: viewTransfer({ ...kept, recipientCount }, now) };
  const recipients = addFirstRecipients(kept, details.recipients, now);
  if (reserved.length === 0) return recipients.then(() => answer);
  const again = { transferId: row.id, firstOrdinal: 0, batch, files, sign };
  const [signed] = await Promise.all([isNew ? writeFiles(row, reserved, sign) : reserveFiles(ctx, again), recipients]);
  return { ...answer, reserved: signed };
}

function requireParts(files: FileRow[], sign: NonNullable<BeginInput["sign"]>): void {
  for (const { file, part } of sign) {
    const parts = files[file] ? partCount(files[file]) : 0;
    if (part > parts) throw new PartOutOfRange(file, parts);
  }
}

/** What the transfer's row contains about its first files. */
const holding = (files: FileRow[], batch: string) => ({
  state: "uploading" as const,
  nextOrdinal: files.length,
  fileCount: files.length,
  bytes: files.reduce((sum, { size }) => sum + size, 0),
  lastBatch: batch,
  lastBatchFirst: 0,
  firstPath: files[0]?.path ?? "",
});

/** Begins the multipart uploads of files whose parts are to be signed, and writes the rows with the upload ids. */
async function writeFiles(
  transfer: { workspaceId: string; id: string },
  files: FileRow[],
  sign: NonNullable<BeginInput["sign"]>,
): Promise<ReserveOutput> {
  const wanted = new Set(sign.map(({ file }) => file));
  const rows = await Promise.all(
    files.map(async (file) =>
      wanted.has(file.ordinal) && isMultipart(file)
        ? { ...file, state: "uploading" as const, uploadId: await createMultipartUpload(file) }
        : file,
    ),
  );
  await putFileRows(rows);
  const answer = { firstOrdinal: 0, nextOrdinal: files.length };
  if (sign.length === 0) return answer;
  const parts = sign.map(({ file, part, crc64 }) => ({ ordinal: file, part, crc64 }));
  const begun = rows.filter(({ ordinal }) => wanted.has(ordinal));
  return { ...answer, signed: await signPartsOf(transfer, begun, parts) };
}

/** Always the same for this sender and batch, and different for another sender's batch. */
function idOf({ workspaceId, actor }: Authorization, batch: string): string {
  const hash = createHash("sha256").update(`${workspaceId}\n${actor.memberId}\n${batch}`).digest("hex");
  return `tr_${tokenFrom(BigInt(`0x${hash}`))}`;
}
