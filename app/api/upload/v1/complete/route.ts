import { completeFiles } from "#lib/files/complete-files.ts";
import { CompleteInput } from "#lib/files/upload-protocol.schema.ts";
import { protocolPost } from "#lib/web/protocol-route.ts";

export const POST = protocolPost(CompleteInput, completeFiles);
