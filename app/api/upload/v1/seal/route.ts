import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { SealInput } from "#lib/uploads/upload-protocol.schema.ts";
import { protocolPost } from "#lib/web/protocol-route.ts";

export const POST = protocolPost(SealInput, sealTransfer);
