import { beginTransfer } from "#lib/files/begin-transfer.ts";
import { BeginInput } from "#lib/files/upload-protocol.schema.ts";
import { protocolPost } from "#lib/web/protocol-route.ts";

export const POST = protocolPost(BeginInput, beginTransfer);
