import { beginTransfer } from "#lib/files/begin-transfer.ts";
import type { BeginInput } from "#lib/files/upload-protocol.schema.ts";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { randomToken } from "#lib/kernel/id.ts";
import type { TransferView } from "#lib/transfers/transfer.schema.ts";

/** A new transfer without files. */
export async function createTransfer(ctx: Ctx, details: BeginInput["transfer"]): Promise<TransferView> {
  return (await beginTransfer(ctx, { transfer: details, batch: randomToken(), files: [] })).transfer;
}
