import { requirePermission } from "#lib/auth/permissions.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { PreconditionFailed } from "#lib/kernel/errors.ts";
import { lookAt } from "./get-transfer.ts";
import { TransferDeleted } from "./transfer.errors.ts";
import { EditTransfer, type TransferView } from "./transfer.schema.ts";
import { getTransferRow, updateTransfer, updateUnchanged } from "./transfer.store.ts";
import { viewTransfer } from "./transfer.view.ts";

/**
 * Changes title, message and download limit, for guests as well. Earlier downloads count for a new limit. With
 * `isExpected` only if it says so of the transfer as it is, and nobody changes what members may change in between; throws
 * PreconditionFailed otherwise.
 */
export async function editTransfer(
  ctx: Ctx,
  input: EditTransfer,
  isExpected?: (seen: TransferView) => boolean,
): Promise<TransferView> {
  const authorized = requirePermission(ctx, "transfer:write");
  const { id, title, message, downloadLimit } = EditTransfer.parse(input);
  const row = await getTransferRow(authorized, id, { consistent: isExpected !== undefined });
  const now = ctx.clock.now();
  if (isExpected && !isExpected((await lookAt(row, now)).transfer)) throw new PreconditionFailed();
  if (row.state === "deleted") throw new TransferDeleted();
  const changes = { title, message, ...(downloadLimit === undefined ? {} : { downloadLimit }) };
  if (!isExpected) return viewTransfer(await updateTransfer(row, changes), now);
  const written = await updateUnchanged(row, changes);
  if (!written) throw new PreconditionFailed();
  return viewTransfer(written, now);
}
