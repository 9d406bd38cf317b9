import { requireSystem } from "#lib/auth/permissions.ts";
import { allFileRows, type FileRow, findFileRows } from "#lib/files/file.store.ts";
import { mapConcurrently } from "#lib/kernel/concurrency.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { isObtainable } from "#lib/kernel/file-states.ts";
import { findTransferRow, type TransferRow } from "#lib/transfers/transfer.store.ts";
import { type Access, noteAccess, tagObjects } from "./access.store.ts";

/** S3 allows 3,500 writes per second below one prefix. */
const CONCURRENCY = 64;

/**
 * All files of the transfer, or some. `revoked`: a link was closed; its URLs must end while those of other links stay
 * valid.
 */
type CloseUrls = { transferId: string; ordinals?: number[] | undefined; revoked?: boolean | undefined };

/**
 * Makes S3 refuse URLs that were signed before something was closed: all URLs of a deleted transfer and of a removed or
 * blocked file; for a revoked link those older than a minute. Only changes files with valid URLs. Safe to repeat;
 * returns how many files it closed.
 */
export async function closeUrls(ctx: Ctx, input: CloseUrls): Promise<{ closed: number }> {
  const { workspaceId } = requireSystem(ctx);
  const { transferId, ordinals, revoked = false } = input;
  const transfer = await findTransferRow(workspaceId, transferId, { consistent: true });
  if (!transfer || transfer.purgedAt) return { closed: 0 };
  const now = ctx.clock.now().toISOString();
  const rows = ordinals
    ? await findFileRows(transfer, ordinals, { consistent: true })
    : allFileRows(transfer, { consistent: true });
  let closed = 0;
  let some: FileRow[] = [];
  const flush = async () => {
    closed += (await mapConcurrently(some, CONCURRENCY, (file) => close(file, accessOf(transfer, file)))).length;
    some = [];
  };
  for await (const file of rows) {
    if ((file.openUntil ?? "") <= now || (accessOf(transfer, file) === "recent" && !revoked)) continue;
    some.push(file);
    if (some.length === CONCURRENCY * 4) await flush();
  }
  await flush();
  return { closed };
}

/** Which URLs still open a file after something was closed. */
const accessOf = (transfer: TransferRow, { state }: FileRow): Access =>
  transfer.state === "deleted" || !isObtainable(state) ? "closed" : "recent";

/** The tag is set first: if only the row were written, a repeated call would take the file for closed. */
async function close(file: FileRow, access: Access): Promise<void> {
  if (file.access === "closed" && access === "recent") return;
  await tagObjects(file, access);
  await noteAccess(file, access);
}
