import { beginTransfer } from "#lib/uploads/begin-transfer.ts";
import { BeginInput } from "#lib/uploads/upload-protocol.schema.ts";
import { protocolPost } from "#lib/web/protocol-route.ts";

export const POST = protocolPost(BeginInput, beginTransfer);
