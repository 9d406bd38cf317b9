import { SealInput } from "#lib/files/upload-protocol.schema.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { protocolPost } from "#lib/web/protocol-route.ts";

export const POST = protocolPost(SealInput, sealTransfer);
