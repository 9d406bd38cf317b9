import { reserveFiles } from "#lib/uploads/reserve-files.ts";
import { ReserveInput } from "#lib/uploads/upload-protocol.schema.ts";
import { protocolPost } from "#lib/web/protocol-route.ts";

export const POST = protocolPost(ReserveInput, reserveFiles);
