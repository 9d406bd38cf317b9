import { requirePermission } from "#lib/auth/permissions.ts";
import { type FileRow, listFileRows, type NewFile, putFileRows, rowOf } from "#lib/files/file.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { InvalidInput } from "#lib/kernel/errors.ts";
import { reserveOrdinals } from "#lib/transfers/quota.store.ts";
import { requireUploadable } from "#lib/transfers/require-open.ts";
import { FileTooLarge } from "#lib/transfers/transfer.errors.ts";
import { findTransferRow, getTransferRow, type TransferRow } from "#lib/transfers/transfer.store.ts";
import { getSettings } from "#lib/workspaces/get-workspace.ts";
import type { Limits } from "#lib/workspaces/workspace.schema.ts";
import { withinPartLimit } from "./parts.ts";
import { normalizePath } from "./path.ts";
import { signParts, signPartsOf } from "./sign-parts.ts";
import { OrdinalTaken, TooManyFiles } from "./upload.errors.ts";
import { MAX_PARTS, type ReserveInput, type ReserveOutput } from "./upload-protocol.schema.ts";

/** The most files of one transfer. */
export const MAX_FILES = 100_000;

/**
 * Adds files to a transfer: one conditional update reserves their ordinals, then batch writes create the rows.
 * Repeating a call with the same `batch` writes what is missing and gives the same answer. Signs parts whose checksums
 * are known. Throws OrdinalTaken, TooManyFiles, InvalidInput, FileTooLarge, TransferTooLarge, QuotaReached, and the
 * errors of a closed transfer.
 */
export async function reserveFiles(ctx: Ctx, input: ReserveInput): Promise<ReserveOutput> {
  const authorized = requirePermission(ctx, "transfer:write");
  const [row, { limits }] = await Promise.all([getTransferRow(authorized, input.transferId), getSettings(authorized)]);
  requireUploadable(row, ctx.clock.now());
  const files = newFiles(row, input, limits);
  const answer = { firstOrdinal: input.firstOrdinal, nextOrdinal: input.firstOrdinal + files.length };
  if (answer.nextOrdinal > MAX_FILES) throw new TooManyFiles(MAX_FILES);
  const { firstOrdinal, batch } = input;
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const isNew = await reserveOrdinals(
    row,
    { firstOrdinal, batch, count: files.length, bytes, firstPath: files[0]?.path ?? "" },
    limits,
  );
  if (isNew) await putFileRows(files);
  else await completeEarlierCall(row, input, files);
  const parts = (input.sign ?? []).map(({ file, part, crc64 }) => ({ ordinal: firstOrdinal + file, part, crc64 }));
  if (parts.length === 0) return answer;
  const begun = new Set(parts.map(({ ordinal }) => ordinal));
  const signed = isNew
    ? await signPartsOf(row, files.filter(({ ordinal }) => begun.has(ordinal)).map(rowOf), parts)
    : await signParts(ctx, { transferId: row.id, parts });
  return { ...answer, signed };
}

/** The rows of a reservation, before they are written. Throws InvalidInput and FileTooLarge. */
export function newFiles(
  transfer: { workspaceId: string; id: string },
  input: Pick<ReserveInput, "firstOrdinal" | "batch" | "files">,
  limits: Limits,
): NewFile[] {
  const large = limits.file === undefined ? -1 : input.files.findIndex(({ size }) => size > (limits.file ?? size));
  if (large >= 0) throw new FileTooLarge(limits.file ?? 0, large);
  const seen = new Set<string>();
  return input.files.map((file, index) => {
    const path = normalizePath(file.path);
    if (seen.has(path)) throw new InvalidInput(`Two files have the same path: ${JSON.stringify(path.slice(-80))}.`);
    seen.add(path);
    if (!withinPartLimit(file)) {
      throw new InvalidInput(`A file of ${file.size} bytes needs larger parts: it may have ${MAX_PARTS} at most.`);
    }
    const ordinal = input.firstOrdinal + index;
    return {
      workspaceId: transfer.workspaceId,
      transferId: transfer.id,
      ordinal,
      path,
      size: file.size,
      type: file.type,
      ...(file.lastModified === undefined ? {} : { lastModified: file.lastModified }),
      partSize: file.partSize,
      state: "reserved",
      batch: input.batch,
    };
  });
}

/**
 * The ordinals were not free. If an earlier call of this batch reserved them, missing rows are written; otherwise
 * throws.
 */
async function completeEarlierCall(row: TransferRow, input: ReserveInput, files: NewFile[]): Promise<void> {
  const now = await findTransferRow(row.workspaceId, row.id);
  const nextOrdinal = now?.nextOrdinal ?? 0;
  const present = new Map<number, FileRow>();
  let cursor: string | undefined = String(input.firstOrdinal);
  while (cursor !== undefined && Number(cursor) < input.firstOrdinal + files.length) {
    const page = await listFileRows({ ...row, nextOrdinal }, cursor);
    for (const file of page.items) present.set(file.ordinal, file);
    cursor = page.cursor;
  }
  const isLast = now?.lastBatch === input.batch && now.lastBatchFirst === input.firstOrdinal;
  const isOurs = present.get(input.firstOrdinal)?.batch === input.batch;
  if (!isLast && !isOurs) throw new OrdinalTaken(nextOrdinal);
  await putFileRows(files.filter((file) => !present.has(file.ordinal)));
}
