import { cancelFiles } from "#lib/files/cancel-files.ts";
import { CancelInput } from "#lib/files/upload-protocol.schema.ts";
import { protocolPost } from "#lib/web/protocol-route.ts";

export const POST = protocolPost(CancelInput, cancelFiles);
