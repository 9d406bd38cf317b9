import { requirePermission } from "#lib/auth/permissions.ts";
import { deleteFileRows } from "#lib/files/file.store.ts";
import { deleteObjects } from "#lib/files/object.store.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { epochSeconds } from "#lib/kernel/time.ts";
import { TransferNotDeleted } from "./transfer.errors.ts";
import { TransferRef, type TransferView } from "./transfer.schema.ts";
import { getTransferRow, updateTransfer, updateTransferBytes } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/** How long a deleted transfer's link still says that it was deleted. */
const REMEMBERED_SECONDS = 30 * 24 * 3600;

/**
 * Removes the bytes and rows of a deleted transfer for good. Safe to repeat: `purgedAt` is written first, so that
 * nothing can be restored from then on, `forgetAt` last, when nothing is left.
 */
export async function purgeTransfer(ctx: Ctx, input: TransferRef): Promise<TransferView> {
  const grant = requirePermission(ctx, "transfer:write");
  let row = await getTransferRow(grant, TransferRef.parse(input).id);
  if (row.state !== "deleted") throw new TransferNotDeleted();
  const now = ctx.clock.now();
  // Its bytes count for nobody from now on; how many they were is not told any more.
  if (!row.purgedAt) row = await updateTransferBytes(row, { purgedAt: now.toISOString(), bytes: 0 });
  await deleteObjects(row);
  await deleteFileRows(row);
  row = await updateTransfer(row, { forgetAt: epochSeconds(now) + REMEMBERED_SECONDS });
  return viewTransfer(row, now);
}
