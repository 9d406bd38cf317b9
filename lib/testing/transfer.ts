import type { Ctx } from "#lib/kernel/ctx.ts";
import { randomToken } from "#lib/kernel/id.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";
import { beginTransfer } from "#lib/uploads/begin-transfer.ts";
import type { BeginInput } from "#lib/uploads/upload-protocol.schema.ts";

/** A new transfer without files. */
export async function createTransfer(ctx: Ctx, details: BeginInput["transfer"]): Promise<TransferView> {
  return (await beginTransfer(ctx, { transfer: details, batch: randomToken(), files: [] })).transfer;
}
