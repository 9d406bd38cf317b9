import { requirePermission } from "#lib/auth/permissions.ts";
import { allFileRows } from "#lib/files/file.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { hasArrived, isComing } from "#lib/kernel/file-states.ts";
import type { SealOutput } from "#lib/uploads/upload-protocol.schema.ts";
import { sealTransferRow } from "./quota.store.ts";
import { tally } from "./recount-files.ts";
import { requireOpen } from "./require-open.ts";
import { FilesMissing, NoFiles, TransferChanged } from "./transfer.errors.ts";
import { getTransferRow } from "./transfer.store.ts";

/** The most missing files that an error names. */
const NAMED = 100;
/** Attempts, because other callers may count the files meanwhile. */
const TRIES = 5;

/**
 * Seals a transfer: no files are added any more. Sets count and size to those of the files that arrived. Sealing twice
 * gives the same answer.
 */
export async function sealTransfer(ctx: Ctx, input: { transferId: string }): Promise<SealOutput> {
  const authorized = requirePermission(ctx, "transfer:write");
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await getTransferRow(authorized, input.transferId);
    requireOpen(row, ctx.clock.now());
    if (row.state === "sealed" || row.state === "ready") return { state: row.state };
    const files = await Array.fromAsync(allFileRows(row, { consistent: true }));
    const missing = files.filter(({ state }) => isComing(state));
    if (missing.length > 0) throw new FilesMissing(missing.slice(0, NAMED).map(({ ordinal }) => ordinal));
    const arrived = files.filter(({ state }) => hasArrived(state));
    if (arrived.length === 0) throw new NoFiles();
    const sums = { fileCount: arrived.length, bytes: arrived.reduce((sum, { size }) => sum + size, 0) };
    if (await sealTransferRow(row, sums, await tally(files))) return { state: "sealed" };
  }
  throw new TransferChanged();
}
