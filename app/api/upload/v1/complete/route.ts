import { completeFiles } from "#lib/uploads/complete-files.ts";
import { CompleteInput } from "#lib/uploads/upload-protocol.schema.ts";
import { protocolPost } from "#lib/web/protocol-route.ts";

export const POST = protocolPost(CompleteInput, completeFiles);
