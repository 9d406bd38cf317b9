import { requirePermission } from "#lib/auth/permissions.ts";
import { allFileRows } from "#lib/files/file.store.ts";
import type { SealOutput } from "#lib/files/upload-protocol.schema.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { hasArrived } from "#lib/kernel/file-states.ts";
import { FilesMissing, NoFiles } from "./transfer.errors.ts";
import { getTransferRow, requireOpen, updateTransferBytes } from "./transfer.store.ts";

/** Missing files that an error names at most. */
const NAMED = 100;

/** The sender's last word. Sets count and size exactly from the files that arrived; sealing twice answers alike. */
export async function sealTransfer(ctx: Ctx, input: { transferId: string }): Promise<SealOutput> {
  const grant = requirePermission(ctx, "transfer:write");
  const row = await getTransferRow(grant, input.transferId);
  requireOpen(row, ctx.clock.now());
  if (row.state === "sealed" || row.state === "ready") return { state: row.state };
  const missing: number[] = [];
  let fileCount = 0;
  let bytes = 0;
  for await (const file of allFileRows(row)) {
    if (file.state === "reserved" || file.state === "uploading") missing.push(file.ordinal);
    if (!hasArrived(file.state)) continue;
    fileCount += 1;
    bytes += file.size;
  }
  if (missing.length > 0) throw new FilesMissing(missing.slice(0, NAMED));
  if (fileCount === 0) throw new NoFiles();
  await updateTransferBytes(row, { state: "sealed", fileCount, bytes });
  return { state: "sealed" };
}
