import { cancelFiles } from "#lib/uploads/cancel-files.ts";
import { CancelInput } from "#lib/uploads/upload-protocol.schema.ts";
import { protocolPost } from "#lib/web/protocol-route.ts";

export const POST = protocolPost(CancelInput, cancelFiles);
